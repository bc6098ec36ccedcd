#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct AWSConnectionTests {
    @Test(
        "An ARN of any form is taken apart and put together again",
        arguments: [
            ("arn:aws:sqs:us-east-1:123:orders", nil, "orders"),
            ("arn:aws:lambda:us-east-1:123:function:echo", "function", "echo"),
            ("arn:aws:lambda:us-east-1:123:function:echo:live", "function", "echo:live"),
            ("arn:aws:dynamodb:us-east-1:123:table/orders", "table", "orders"),
            ("arn:aws:iam::123:role/path/name", "role", "path/name"),
            ("arn:aws-cn:s3:::bucket", nil, "bucket"),
            ("arn:aws:logs:us-east-1:123:log-group:/aws/lambda/x:*", "log-group", "/aws/lambda/x:*"),
        ] as [(String, String?, String)])
    func arns(text: String, type: String?, resource: String) throws {
        let arn = try #require(ARN(parsing: text))
        #expect(arn.resourceType == type)
        #expect(arn.resource == resource)
        #expect("\(arn)" == text)
    }

    @Test(
        "What is no ARN is refused",
        arguments: [
            "", "arn", "arn:aws:sqs:us-east-1:123", "arn:aws:sqs:us-east-1:123:", "urn:aws:sqs:us-east-1:123:a",
            "arn::sqs:us-east-1:123:a", "arn:aws::us-east-1:123:a", "arn:aws:sqs:us-east-1:123:a b",
            "arn:aws:sqs:us-east-1:123:type:", "arn:aws:sqs:us-east-1:123:/a", "arn:aws:sqs:us-east-1:123:a\n",
        ])
    func badARNs(text: String) { #expect(ARN(parsing: text) == nil) }

    @Test("Parameters and their ARN are equivalent") func params() async throws {
        var params = AWSConnectionParams(parsing: "service=lambda;region=eu-west-1;account=123;resource=echo")
        params.resourceType = "function"
        #expect(params.arn == "arn:aws:lambda:eu-west-1:123:function:echo")
        params.arn = "arn:aws-cn:sqs:cn-north-1:9:orders"
        #expect(params.partition == "aws-cn" && params.service == "sqs" && params.region == "cn-north-1")
        #expect(params.account == "9" && params.resource == "orders" && params.resourceType == nil)
        params = AWSConnectionParams(["protocol": "sqs", "region": "cn-north-1", "resource": "a"])
        #expect(params.arn == "arn:aws-cn:sqs:cn-north-1::a")
        params = .fromConfig(["connection.region": "r", "credential.client_id": "i", "credential.client_key": "k"])
        #expect(params.accessId == "i" && params.accessKey == "k" && params.region == "r")
    }

    @Test(
        "Missing and malformed parameters are named",
        arguments: [
            ("", "NO_AWS_CONNECTION"), ("arn=x", "BAD_ARN"), ("service=sqs;resource=a", "NO_ACCESS_ID"),
            ("service=sqs;resource=a;access_id=i", "NO_ACCESS_KEY"),
            ("arn=arn:aws:sqs:r:1:a;access_id=i;access_key=k", nil),
        ] as [(String, String?)])
    func validation(line: String, code: String?) async {
        #expect(await DriverFixture.code { try AWSConnectionParams(parsing: line).validate(.empty) } == code)
    }

    @Test("Secrets are not in descriptions and dumps") func secrets() {
        let params = AWSConnectionParams(parsing: "region=r;access_id=IDHIDDEN;access_key=HIDDEN;session_token=HIDDEN")
        var text = "\(params)" + String(reflecting: params)
        dump(params, to: &text)
        let keys = AWSCredentials(accessId: "IDHIDDEN", accessKey: "HIDDEN", sessionToken: "HIDDEN")
        text += "\(keys)" + String(reflecting: keys)
        dump(keys, to: &text)
        #expect(!text.contains("HIDDEN") && text.contains("region=r"), "\(text)")
    }

    @Test(
        "Hosts follow the partition of the region",
        arguments: [
            ("us-east-1", "https://sqs.us-east-1.amazonaws.com"),
            ("cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com"),
            ("us-iso-east-1", "https://sqs.us-iso-east-1.c2s.ic.gov"),
            ("eusc-de-east-1", "https://sqs.eusc-de-east-1.amazonaws.eu"),
            ("xx-new-1", "https://sqs.xx-new-1.amazonaws.com"),
        ])
    func hosts(region: String, url: String) { #expect(AWSEndpoint(.sqs, region: region).url == url) }

    @Test("A custom address keeps its port and path, and an invalid one is rejected") func custom() {
        #expect(AWSEndpoint(custom: "http://LOCALHOST:4566/")?.url == "http://localhost:4566")
        #expect(AWSEndpoint(custom: "https://vpce.test/a/b/")?.url == "https://vpce.test/a/b")
        for text in [
            "", "localhost:1", "ftp://a", "http://", "http://u:p@a", "http://a?x=1", "http://a:0", "http://a,b",
        ] {
            #expect(AWSEndpoint(custom: text) == nil, "\(text)")
        }
    }

    private func resolve(_ config: ConfigParams, _ environment: AnyValueMap = [:]) async throws -> AWSConnectionParams {
        let resolver = try await assemble(
            AWSConnectionResolver(environment: { AWSEnvironment(environment) }), config: config)
        return try await resolver.resolve(.empty)
    }

    @Test("The region comes from the configuration, the ARN, the environment, the profile, in this order")
    func region() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "pip-aws-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "[default]\nregion = from-profile # comment\n[profile p]\nregion=from-p\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        let all: AnyValueMap = ["AWS_REGION": "from-env", "AWS_CONFIG_FILE": .string(file)]
        #expect(
            try await resolve(["connection.region": "own", "connection.arn": "arn:aws:sqs:arn:1:a"], all).region
                == "own")
        #expect(try await resolve(["connection.arn": "arn:aws:sqs:arn:1:a"], all).region == "arn")
        #expect(try await resolve([:], all).region == "from-env")
        #expect(try await resolve([:], ["AWS_DEFAULT_REGION": "d", "AWS_CONFIG_FILE": .string(file)]).region == "d")
        #expect(try await resolve([:], ["AWS_CONFIG_FILE": .string(file)]).region == "from-profile")
        #expect(
            try await resolve(["credential.profile": "p"], ["AWS_CONFIG_FILE": .string(file)]).region == "from-p")
    }

    @Test(
        "A connection that can't be used is refused, with key, value and what is expected",
        arguments: [
            ([:], "NO_REGION", "connection.region"),
            (["connection.region": "us-east-1.evil.test/"], "BAD_REGION", "us-east-1.evil.test/"),
            (["connection.region": "r", "connection.arn": "arn:wrong"], "BAD_ARN", "arn:wrong"),
            (["connection.region": "r", "credential.access_id": "i"], "NO_ACCESS_KEY", "credential.access_key"),
            (["connection.region": "r", "credential.access_key": "k"], "NO_ACCESS_ID", "credential.access_id"),
        ] as [(ConfigParams, String, String)])
    func badConnections(config: ConfigParams, code: String, part: String) async {
        let error = await AWSFixture.error { _ = try await resolve(config) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true && error?.message.contains("expected") == true)
    }

    @Test("The address of a service can come from the environment") func endpoints() async throws {
        func url(_ config: ConfigParams, _ environment: AnyValueMap) async throws -> String {
            let resolver = try await assemble(
                AWSConnectionResolver(environment: { AWSEnvironment(environment) }), config: config)
            return try resolver.endpoint(.empty, .sqs, try await resolver.resolve(.empty)).url
        }
        let all: AnyValueMap = [
            "AWS_ENDPOINT_URL": "http://all.test", "AWS_ENDPOINT_URL_SQS": "http://sqs.test", "AWS_REGION": "r",
        ]
        #expect(try await url(["connection.uri": "http://own.test"], all) == "http://own.test")
        #expect(try await url([:], all) == "http://sqs.test")
        #expect(try await url([:], ["AWS_ENDPOINT_URL": "http://all.test", "AWS_REGION": "r"]) == "http://all.test")
        var ignored = all
        ignored["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
        #expect(try await url([:], ignored) == "https://sqs.r.amazonaws.com")
        let error = await AWSFixture.error { _ = try await url(["connection.uri": "http://user:HIDDEN@a"], all) }
        #expect(error?.code == "BAD_URI" && error?.message.contains("HIDDEN") == false)
    }
}
#endif
