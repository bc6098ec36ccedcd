#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Requests, retries and errors, without a server.
@Suite struct AzureClientTests {
    typealias Fixture = AzureFixture

    private static let request = AzureRequest("Do It", .get, "/q", query: [("a b", "c&d")])

    @Test("A request has the address, the version and a signature") func request() async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, ["done": true]) }
        let client = try await Fixture.client(.queue, Fixture.config("http://azure.test/base/"), connector)
        #expect(try await client.call(.empty, Self.request)["done"] == true)
        let sent = connector.requests[0]
        #expect(sent.url == "http://azure.test/base/q?a%20b=c%26d" && sent[header: "x-ms-version"] == "2021-12-02")
        #expect(sent[header: "Authorization"]?.hasPrefix("SharedKey devstoreaccount1:") == true)
        #expect(sent[header: "x-ms-date"]?.hasSuffix("GMT") == true)
    }

    @Test("A shared access signature is in the query, with or without a question mark", arguments: ["?", ""])
    func sharedAccess(mark: String) async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, [:]) }
        let config = Fixture.config(
            "http://azure.test", ["credential.access_key": "", "credential.sas_token": mark + "sv=1&sig=x"])
        let client = try await Fixture.client(.table, config, connector)
        _ = try await client.call(.empty, Self.request)
        _ = try await client.call(.empty, AzureRequest("x", .get, "/q"))
        #expect(connector.requests[0].url == "http://azure.test/q?a%20b=c%26d&sv=1&sig=x")
        #expect(connector.requests[1].url == "http://azure.test/q?sv=1&sig=x")
        #expect(connector.requests[0][header: "Authorization"] == nil)
    }

    @Test(
        "A clock that differs by 20 minutes is corrected once, for all requests",
        arguments: [-1200.0, 1200.0])
    func skew(offset: Double) async throws {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let clock = VirtualClock(now.addingTimeInterval(offset))
        let date = "Tue, 14 Nov 2023 22:13:20 GMT"
        let connector = ScriptedConnector { _, request in
            guard request[header: "x-ms-date"] == date else {
                return Fixture.refusal(403, "AuthenticationFailed", headers: [("Date", date)])
            }
            return Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(
            .queue, Fixture.config("http://azure.test", ["options.retries": "0"]), connector, clock: clock)
        for _ in 0..<2 { #expect(try await client.call(.empty, Self.request)["done"] == true) }
        #expect(connector.requests.count == 3)
    }

    @Test("A wrong key is not retried if the clocks agree") func agreeingClocks() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.refusal(403, "AuthenticationFailed", headers: [("Date", "Tue, 14 Nov 2023 22:13:20 GMT")])
        }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_010))
        let client = try await Fixture.client(.queue, Fixture.config(), connector, clock: clock)
        #expect(await DriverFixture.code { _ = try await client.call(.empty, Self.request) } == "ACCESS_DENIED")
        #expect(connector.requests.count == 1)
    }

    @Test("A call waits for its token only until its timeout") func lateToken() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let connector = ScriptedConnector { _, request in
            if request.url.contains("/token") { for await _ in gate {} }
            return Fixture.json(200, ["access_token": "abc", "expires_in": 3600])
        }
        let config = Fixture.application.override([
            "connection.uri": "http://vault.test", "credential.authority": "http://entra.test",
            "options.timeout": "100",
        ])
        let client = try await Fixture.client(.vault, config, connector)
        let code = Locked<String?>(nil)
        let call = Task {
            let found = await DriverFixture.code { _ = try await client.call(.empty, Self.request) }
            code.withLock { $0 = found ?? "done" }
        }
        try? await waitUntil(within: .seconds(10)) { code.current != nil }
        #expect(code.current == "TIMEOUT")
        open.finish()
        await call.value
    }

    @Test("An invalid message count is reported as zero", arguments: ["-9223372036854775808", "x", "7"])
    func count(text: String) async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(200, [:], headers: [("x-ms-approximate-messages-count", text)])
        }
        let client = try await Fixture.client(.queue, Fixture.config(), connector)
        #expect(try await StorageQueues(client: client).count(.empty, "q") == (text == "7" ? 7 : 0))
    }

    @Test(
        "Codes of all services are recognised",
        arguments: [
            (["x-ms-error-code": "QueueNotFound"], "<Error><Code>X</Code></Error>", "QueueNotFound"),
            (
                [:], "\u{FEFF}<?xml version=\"1.0\"?><Error><Code>InvalidUri</Code><Message>m</Message></Error>",
                "InvalidUri"
            ),
            (
                [:], #"{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en","value":"m"}}}"#,
                "EntityAlreadyExists"
            ),
            (
                [:],
                #"{"error":{"code":"Conflict","message":"m","innererror":{"code":"ObjectIsDeletedButRecoverable"}}}"#,
                "ObjectIsDeletedButRecoverable"
            ),
            ([:], #"{"error":{"code":"SecretNotFound","message":"m"}}"#, "SecretNotFound"),
            ([:], #"{"error":"invalid_client","error_description":"m"}"#, "invalid_client"),
            ([:], #"{"itemsReceived":1,"errors":[{"index":0,"statusCode":400,"message":"m"}]}"#, "HTTP_400"),
            ([:], "gateway", "HTTP_418"),
        ] as [([String: String], String, String)])
    func codes(headers: [String: String], body: String, code: String) {
        let fields = headers.map { (name: $0.key, value: $0.value) }
        let response = HTTPClientResponse(status: 418, headers: HeaderFields(fields), body: HTTPBody(Array(body.utf8)))
        let failure = AzureFailure(response, now: Date())
        #expect(failure.code == code && (["m", ""].contains(failure.message)))
    }

    @Test(
        "Throttling and errors of the service are tried again",
        arguments: [(429, "X"), (503, "ServerBusy"), (500, "InternalError"), (502, "X"), (504, "X"), (408, "X")])
    func retries(status: Int, code: String) async throws {
        let connector = ScriptedConnector { count, _ in
            count < 2 ? Fixture.refusal(status, code) : Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(.queue, Fixture.config(), connector)
        #expect(try await client.call(.empty, Self.request)["done"] == true)
        #expect(connector.requests.count == 3)
    }

    @Test("A service that rejects each request is an error with its message")
    func exhausted() async throws {
        for (status, code, expected) in [
            (429, "X", "THROTTLED"), (503, "ServerBusy", "THROTTLED"), (500, "X", "UNAVAILABLE"),
        ] {
            let connector = ScriptedConnector { _, _ in Fixture.refusal(status, code) }
            let client = try await Fixture.client(
                .queue, Fixture.config("http://azure.test", ["options.circuit_failures": "0"]), connector)
            let error = await Fixture.error { _ = try await client.call(.empty, Self.request) }
            #expect(error?.code == expected && error?.azureCode == code)
            #expect(connector.requests.count == 4)
        }
    }

    @Test(
        "A refusal is not tried again, and says what Azure said",
        arguments: [
            (400, "REFUSED"), (404, "NOT_FOUND"), (409, "CONFLICT"), (412, "CONFLICT"), (413, "REQUEST_TOO_LARGE"),
        ])
    func refusal(status: Int, code: String) async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.refusal(status, "SomeCode", headers: [("x-ms-request-id", "r1")])
        }
        let client = try await Fixture.client(.queue, Fixture.config(), connector)
        let error = await Fixture.error { _ = try await client.call(Context(traceId: "t"), Self.request) }
        #expect(error?.code == code && error?.azureCode == "SomeCode" && error?.traceId == "t")
        let text = "azure-queue refused Do It with status \(status): SomeCode: text of SomeCode"
        #expect(error?.message == text && error?.details["request_id"] == "r1")
        #expect(connector.requests.count == 1)
    }

    @Test("A wrong key is rejected without a retry, and the signed string is not shown", arguments: [401, 403])
    func wrongKey(status: Int) async throws {
        let connector = ScriptedConnector { _, _ in Fixture.refusal(status, "AuthenticationFailed") }
        let client = try await Fixture.client(.queue, Fixture.config(), connector)
        let error = await Fixture.error { _ = try await client.call(.empty, Self.request) }
        #expect(error?.code == "ACCESS_DENIED" && error?.message.contains("text of") == false)
        #expect(connector.requests.count == 1)
    }

    @Test(
        "The pause that the service asks for is kept",
        arguments: [("x-ms-retry-after-ms", "7000"), ("retry-after-ms", "7000"), ("Retry-After", "7")])
    func retryAfter(name: String, value: String) async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            count == 0 ? Fixture.refusal(429, "X", headers: [(name, value)]) : Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(
            .queue, Fixture.config("http://azure.test", ["options.timeout": "60000"]), connector, clock: clock)
        let call = Task { try await client.call(.empty, Self.request) }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 && connector.requests.count == 1 }
        clock.advance(by: .seconds(6))
        try? await SystemClock().sleep(for: .milliseconds(20))
        #expect(connector.requests.count == 1)
        clock.advance(by: .seconds(2))
        #expect(try await call.value["done"] == true)
    }

    @Test("A back-off that is too long, or ends after the deadline, is not started") func longPause() async throws {
        for (pause, timeout) in [("90", "600000"), ("20", "10000")] {
            let connector = ScriptedConnector { _, _ in Fixture.refusal(503, "X", headers: [("Retry-After", pause)]) }
            let client = try await Fixture.client(
                .queue, Fixture.config("http://azure.test", ["options.timeout": timeout]), connector)
            #expect(await DriverFixture.code { _ = try await client.call(.empty, Self.request) } == "UNAVAILABLE")
            #expect(connector.requests.count == 1)
        }
    }

    @Test("A request that must not be executed twice is retried only if it was not executed") func once()
        async throws
    {
        var request = Self.request
        request.isRepeatable = false
        for (failure, count) in [
            (HTTPFailure.connectionLost, 1), (HTTPFailure.timeout, 1), (HTTPFailure.cannotConnect, 4),
        ] {
            let connector = ScriptedConnector { _, _ in throw ApplicationError.connection(code: failure, "lost") }
            let client = try await Fixture.client(
                .queue, Fixture.config("http://azure.test", ["options.circuit_failures": "0"]), connector)
            #expect(await DriverFixture.code { _ = try await client.call(.empty, request) } == failure)
            #expect(connector.requests.count == count, "\(failure)")
        }
        for (status, count) in [(500, 1), (429, 4)] {
            let connector = ScriptedConnector { _, _ in Fixture.refusal(status, "X") }
            let client = try await Fixture.client(.queue, Fixture.config(), connector)
            _ = await Fixture.error { _ = try await client.call(.empty, request) }
            #expect(connector.requests.count == count, "\(status)")
        }
    }

    @Test("An invalid response is an error") func badResponse() async throws {
        let client = try await Fixture.client(
            .vault, Fixture.config("http://azure.test").override(Fixture.application),
            ScriptedConnector { _, request in
                request.url.contains("oauth2")
                    ? Fixture.json(200, ["access_token": "a", "expires_in": 60]) : HTTPClientResponse(200, "{")
            })
        #expect(await DriverFixture.code { _ = try await client.call(.empty, Self.request) } == HTTPFailure.badResponse)
    }

    @Test("A key without the name of its account signs nothing") func noAccount() async throws {
        let code = await DriverFixture.code {
            _ = try await Fixture.client(
                .queue, Fixture.config().override(["credential.access_id": ""]),
                ScriptedConnector { _, _ in Fixture.json(200, [:]) })
        }
        #expect(code == "NO_ACCESS_ID")
    }

    @Test("A call of a closed client throws NOT_OPENED") func notOpened() async throws {
        let client = try await Fixture.client(
            .queue, Fixture.config(), ScriptedConnector { _, _ in Fixture.json(200, [:]) })
        client.close()
        #expect(await DriverFixture.code { _ = try await client.call(.empty, Self.request) } == "NOT_OPENED")
    }

    @Test("Application Insights is sent no token unless an identity is configured") func insightsIdentity() async throws
    {
        let connector = ScriptedConnector { _, request in
            Fixture.json(200, request.url.contains("oauth2") ? ["access_token": "a", "expires_in": 3600] : [:])
        }
        let environment: AnyValueMap = ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"]
        let plain = try await Fixture.client(
            .insights, ["connection.uri": "http://in.test"], connector, environment: environment)
        _ = try await plain.call(.empty, Self.request)
        #expect(connector.requests.map { $0[header: "Authorization"] } == [nil])
        let own = try await Fixture.client(
            .insights, Fixture.application.override(["connection.uri": "http://in.test"]), connector)
        _ = try await own.call(.empty, Self.request)
        #expect(connector.requests.last?[header: "Authorization"] == "Bearer a")
        #expect(Fixture.body(connector.requests[1]).contains("scope=https%3A%2F%2Fmonitor.azure.com%2F%2F.default"))
    }
}
#endif
