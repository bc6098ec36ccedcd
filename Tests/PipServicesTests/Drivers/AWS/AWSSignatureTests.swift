#if PIP_AWS
import Foundation
import Testing

@testable import PipServices

/// Signature Version 4, by the examples that AWS has published.
@Suite struct AWSSignatureTests {
    private static let day = ISODate.parse("2015-08-30T12:36:00Z") ?? Date(timeIntervalSince1970: 0)
    private static let s3Day = ISODate.parse("2013-05-24T00:00:00Z") ?? Date(timeIntervalSince1970: 0)
    private static let s3Keys = AWSCredentials(
        accessId: "AKIAIOSFODNN7EXAMPLE", accessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private static let bucket = "https://examplebucket.s3.amazonaws.com"

    private static func signature(_ request: HTTPClientRequest) -> String {
        (request[header: "Authorization"] ?? "").components(separatedBy: "Signature=").last ?? ""
    }

    /// The suite that AWS published for implementations (`service` in us-east-1).
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        var method = HTTPMethod.get
        var target = "/"
        var headers: HeaderFields = []
        var body = ""
        let signature: String
        var testDescription: String { name }
    }

    static let examples = [
        Example(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            name: "get-vanilla-query-order-key-case", target: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Example(
            name: "get-unreserved", target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Example(
            name: "get-relative", target: "/example/..",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            name: "get-slashes", target: "//example//",
            signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        Example(
            name: "get-utf8", target: "/\u{1234}",
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Example(
            name: "get-header-value-trim", headers: [("My-Header1", "value1"), ("My-Header2", "\"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Example(
            name: "get-header-key-duplicate",
            headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        Example(
            name: "post-vanilla", method: .post,
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Example(
            name: "post-x-www-form-urlencoded", method: .post,
            headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]

    @Test("A request of AWS's suite has the signature that AWS published", arguments: examples)
    func suite(example: Example) throws {
        let signer = AWSSigner(service: "service", region: "us-east-1")
        let request = HTTPClientRequest(
            example.method, "https://example.amazonaws.com" + example.target, headers: example.headers,
            body: HTTPBody(Array(example.body.utf8)))
        let signed = try signer.sign(request, AWSFixture.keys, at: Self.day)
        #expect(Self.signature(signed) == example.signature)
    }

    @Test("The example of IAM's ListUsers has its published signature") func listUsers() throws {
        let request = HTTPClientRequest(
            .get, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")])
        let signed = try AWSSigner(service: "iam", region: "us-east-1").sign(request, AWSFixture.keys, at: Self.day)
        #expect(
            signed[header: "Authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    }

    @Test("The examples of S3 have their published signatures") func s3() throws {
        let signer = AWSSigner(service: "s3", region: "us-east-1")
        func signature(_ request: HTTPClientRequest) throws -> String {
            Self.signature(try signer.sign(request, Self.s3Keys, at: Self.s3Day))
        }
        #expect(
            try signature(HTTPClientRequest(.get, Self.bucket + "/test.txt", headers: [("Range", "bytes=0-9")]))
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(
            try signature(
                HTTPClientRequest(
                    .put, Self.bucket + "/test%24file.text",
                    headers: [
                        ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                    ], body: HTTPBody(Array("Welcome to Amazon S3.".utf8))))
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        #expect(
            try signature(HTTPClientRequest(.get, Self.bucket + "/?lifecycle"))
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            try signature(HTTPClientRequest(.get, Self.bucket + "/?max-keys=2&prefix=J"))
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("The example of a presigned URL has its published signature") func presigned() throws {
        let url = try AWSSigner(service: "s3", region: "us-east-1").presign(
            .get, Self.bucket + "/test.txt", Self.s3Keys, at: Self.s3Day, expires: .seconds(86_400))
        #expect(url.hasSuffix("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(url.contains("X-Amz-Expires=86400&"))
    }

    @Test("A session token is sent and signed, in header fields and URLs") func sessionToken() throws {
        var keys = AWSFixture.keys
        keys.sessionToken = "token+/="
        let signer = AWSSigner(service: "sqs", region: "us-east-1")
        let signed = try signer.sign(HTTPClientRequest(.get, "https://a.test/"), keys, at: Self.day)
        #expect(signed[header: "X-Amz-Security-Token"] == "token+/=")
        #expect(signed[header: "Authorization"]?.contains("x-amz-security-token") == true)
        let url = try signer.presign(.get, "https://a.test/?a=1", keys, at: Self.day)
        #expect(url.contains("?a=1&X-Amz-Algorithm=") && url.contains("X-Amz-Security-Token=token%2B%2F%3D"))
    }

    @Test("An unsigned payload needs no bytes, a signed one does") func payloads() throws {
        let signer = AWSSigner(service: "s3", region: "us-east-1")
        let request = HTTPClientRequest(.put, "https://a.test/b", body: HTTPBody(length: 3) { nil })
        let signed = try signer.sign(request, AWSFixture.keys, at: Self.day, payload: .unsigned)
        #expect(signed[header: "X-Amz-Content-Sha256"] == "UNSIGNED-PAYLOAD")
        #expect(throws: ApplicationError.self) { try signer.sign(request, AWSFixture.keys, at: Self.day) }
    }

    @Test("A request that is signed again has one signature, with the new time") func again() throws {
        let signer = AWSSigner(service: "sqs", region: "us-east-1")
        let first = try signer.sign(HTTPClientRequest(.get, "https://a.test/"), AWSFixture.keys, at: Self.day)
        let second = try signer.sign(first, AWSFixture.keys, at: Self.day.addingTimeInterval(86_400))
        #expect(second.headers.count == first.headers.count)
        #expect(second[header: "X-Amz-Date"] == "20150831T123600Z")
        #expect(Self.signature(second) != Self.signature(first))
    }

    @Test("A request that can't be signed is rejected") func refusals() async throws {
        let signer = AWSSigner(service: "sqs", region: "us-east-1")
        for url in ["", "no url", "/path", "http://", "https:///path"] {
            let code = await DriverFixture.code {
                _ = try signer.sign(HTTPClientRequest(.get, url), AWSFixture.keys, at: Self.day)
            }
            #expect(code == "BAD_URL", "\(url)")
        }
        for seconds in [0, -1, 604_801] {
            let code = await DriverFixture.code {
                _ = try signer.presign(
                    .get, "https://a.test", AWSFixture.keys, at: Self.day, expires: .seconds(seconds))
            }
            #expect(code == "BAD_EXPIRATION")
        }
    }

    @Test("The host is signed in the form that libcurl sends") func host() throws {
        for (url, host) in [
            ("https://A.test:443/", "a.test"), ("http://a.test:80", "a.test"), ("http://a.test:443", "a.test:443"),
            ("http://user:pw@a.test/", "a.test"), ("http://[::1]:5000/x", "[::1]:5000"),
        ] {
            #expect(try AWSCanonicalURL(url, isS3: false).host == host)
        }
    }
}
#endif
