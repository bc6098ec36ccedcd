#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Signatures, by facts that were recorded from Azure's own clients for Python.
@Suite struct AzureSignatureTests {
    private static let time = Date(timeIntervalSince1970: 1_700_000_000)

    private func key() throws -> AzureSharedKey {
        try AzureSharedKey(accountName: AzureFixture.account, accountKey: AzureFixture.key)
    }

    @Test("The date has the format of HTTP on any day") func dates() {
        #expect(AzureText.httpDate(Self.time) == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(AzureText.httpDate(Date(timeIntervalSince1970: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(AzureText.httpDate(Date(timeIntervalSince1970: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(AzureText.httpDate(Date(timeIntervalSince1970: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
        #expect(AzureText.seconds(Self.time.addingTimeInterval(0.9)) == "2023-11-14T22:13:20Z")
    }

    @Test("A request to a queue is signed as Azure's own client signs it") func queue() throws {
        let request = HTTPClientRequest(
            .post, "http://127.0.0.1:1/queue/q/messages?visibilitytimeout=0&messagettl=-1&x=b%20c",
            headers: [
                ("x-ms-version", "2021-12-02"), ("Content-Type", "application/xml"), ("x-ms-meta-b", " two "),
                ("x-ms-meta-a", "one"), ("Authorization", "old"), ("If-Match", "\"e\""),
            ], body: HTTPBody(Array("<QueueMessage/>".utf8)))
        let signed = try key().sign(request, at: Self.time)
        #expect(signed[header: "x-ms-date"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(
            signed[header: "Authorization"] == "SharedKey devstoreaccount1:Bl5It4Co7VGj2TB1JoXeUjvWhi2vBHXun3N/GuMmRqQ="
        )
        #expect(signed.headers.count { $0.name.lowercased() == "authorization" } == 1)
    }

    @Test("A request to a table is signed as Azure's own client signs it") func table() throws {
        let request = HTTPClientRequest(
            .put, "http://127.0.0.1:1/table/locks(PartitionKey='p',RowKey='r')?comp=acl&x=1",
            headers: [("x-ms-version", "2021-12-02"), ("Content-Type", "application/json")],
            body: HTTPBody(Array("{}".utf8)))
        let signed = try key().sign(request, at: Self.time, format: .table)
        #expect(
            signed[header: "Authorization"] == "SharedKey devstoreaccount1:O/FU4beCseZ0sryZlC8IkVyJEobB9vqUwG7P9DOGn+8="
        )
    }

    @Test("A shared access signature equals that of Azure's own client") func sharedAccess() throws {
        let token = try key().sharedAccessSignature(
            services: "q", resourceTypes: "sco", permissions: "rwdlacup",
            expires: Date(timeIntervalSince1970: 1_893_456_000))
        #expect(token.contains("&se=2030-01-01T00%3A00%3A00Z&"))
        #expect(token.hasSuffix("&sig=XRv4QXsnrwn7czyjA6nb9XtLbFEK4OXhhB%2B%2BiyX112c%3D"), "\(token)")
    }

    @Test("A token for Service Bus equals that of Azure's own client") func serviceBus() {
        let token = AzureSharedAccessSignature.token(
            uri: "sb://n.servicebus.windows.net/q", keyName: "Root Key", key: "secret+/=",
            expires: Date(timeIntervalSince1970: 1_700_003_600))
        #expect(
            token
                == "SharedAccessSignature sr=sb%3A%2F%2Fn.servicebus.windows.net%2Fq&sig=NEY5%2FPJMKZITdmm5ad4yg0ZnbIZXVQCtb22jGevvP4E%3D"
                + "&se=1700003600&skn=Root%20Key")
    }

    @Test("A key that is not Base64 is rejected, and not shown", arguments: ["not base64!", "", "SECRET"])
    func badKey(key: String) {
        let error = #expect(throws: ApplicationError.self) {
            _ = try AzureSharedKey(accountName: "a", accountKey: key)
        }
        #expect(error?.code == "BAD_ACCESS_KEY" && error?.details["key"] == "credential.access_key")
        #expect(key.isEmpty || error?.message.contains(key) == false)
    }

    @Test("A URL without a protocol can't be signed") func badURL() throws {
        let key = try key()
        let error = #expect(throws: ApplicationError.self) {
            _ = try key.sign(HTTPClientRequest(.get, "azure.test/q?sig=SECRET"), at: Self.time)
        }
        #expect(error?.code == "BAD_URL" && error?.message.contains("SECRET") == false)
    }
}
#endif
