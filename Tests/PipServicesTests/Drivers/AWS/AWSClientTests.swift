#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Requests, retries and errors, without a server.
@Suite struct AWSClientTests {
    typealias Fixture = AWSFixture

    @Test("JSON 1.0, JSON 1.1 and query requests have the format of their protocol") func protocols() async throws {
        let connector = ScriptedConnector { _, request in
            request.url.hasSuffix("/query/")
                ? HTTPClientResponse(
                    200, "<?xml version=\"1.0\"?><AResponse><AResult><X>1 &amp; 2</X></AResult></AResponse>")
                : Fixture.json(200, ["X": 1])
        }
        let sqs = try await Fixture.client(.sqs, connector)
        #expect(try await sqs.call(.empty, "A", ["N": 1])["X"] == 1)
        let logs = try await Fixture.client(.logs, connector)
        _ = try await logs.call(.empty, "A", [:])
        let sns = try await Fixture.client(.sns, Fixture.config("http://aws.test/query"), connector)
        let input: AnyValueMap = ["Name": "a b", "List": ["x", ["K": 1]], "None": nil, "Flag": true]
        #expect(try await sns.call(.empty, "A", input)["X"] == "1 & 2")
        let requests = connector.requests
        #expect(requests[0][header: "Content-Type"] == "application/x-amz-json-1.0")
        #expect(requests[0][header: "X-Amz-Target"] == "AmazonSQS.A")
        #expect(Fixture.body(requests[0]) == ["N": 1])
        #expect(requests[1][header: "Content-Type"] == "application/x-amz-json-1.1")
        #expect(requests[1][header: "X-Amz-Target"] == "Logs_20140328.A")
        #expect(
            String(decoding: requests[2].body.bytes ?? [], as: UTF8.self)
                == "Action=A&Version=2010-03-31&Name=a%20b&List.member.1=x&List.member.2.K=1&Flag=true")
        #expect(requests.allSatisfy { $0[header: "Authorization"]?.contains("AKIDEXAMPLE/") == true })
    }

    @Test(
        "XML of responses is read, and what is malformed is not",
        arguments: [
            ("<A><B>1</B><B>2</B><C/></A>", ["B": ["1", "2"], "C": ""]),
            ("<L><member>a</member><member>b</member></L>", ["a", "b"]),
            ("<A><![CDATA[<&>]]>&#x41;&lt;</A>", "<&>A<"), ("<?xml?><!-- c --><A x=\"1\"/>", ""),
            ("<A><L><member>a</member></L><L><member>b</member></L></A>", ["L": [["a"], ["b"]]]),
            // What is too long for a name is not one.
            ("<A>a&b;&&#065;&#x00000000000000041;</A>", "a&b;&A&#x00000000000000041;"),
            ("<A><B></A></B>", nil), ("<A>", nil), ("", nil), ("text", nil),
            (String(repeating: "<A>", count: 100) + String(repeating: "</A>", count: 100), nil),
        ] as [(String, AnyValue?)])
    func xml(text: String, value: AnyValue?) { #expect(PlainXML.parse(Array(text.utf8)) == value) }

    @Test(
        "Codes of all protocols are recognised",
        arguments: [
            (["x-amzn-ErrorType": "ThrottlingException:http://internal/"], "{}", "ThrottlingException"),
            ([:], #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"}"#, "QueueDoesNotExist"),
            ([:], #"{"code":"X","message":"m"}"#, "X"),
            (
                [:],
                "<ErrorResponse><Error><Type>Sender</Type><Code>Y</Code><Message>m</Message></Error></ErrorResponse>",
                "Y"
            ),
            ([:], "<Response><Errors><Error><Code>Z</Code></Error></Errors></Response>", "Z"),
            ([:], "gateway", "HTTP_400"),
        ] as [([String: String], String, String)])
    func codes(headers: [String: String], body: String, code: String) {
        let fields = HeaderFields(headers.map { (name: $0.key, value: $0.value) })
        let response = HTTPClientResponse(status: 400, headers: fields, body: HTTPBody(Array(body.utf8)))
        #expect(AWSFailure(response, now: Date()).code == code)
    }

    @Test("An error contains only the beginning of the server's response") func longFailure() {
        // One character, and 200 KB.
        let text = "e" + String(repeating: "\u{301}", count: 100_000)
        let body: AnyValue = ["__type": .string(text), "message": .string(text)]
        let error = AWSFailure(Fixture.json(400, body), now: Date()).error(.empty, "sqs", "A")
        #expect(error.message.utf8.count < 2000 && error.awsCode?.utf8.count ?? 0 < 500)
        let restored = LambdaFailure.restored(
            JSONWriter.bytes(of: ["errorMessage": .string(text)]), .empty, function: "f")
        #expect(restored.message.utf8.count < 5000)
    }

    @Test(
        "Throttling, errors of the service and lost connections are tried again",
        arguments: [
            (400, "ThrottlingException"), (429, "X"), (400, "RequestLimitExceeded"), (500, "InternalFailure"),
            (503, "X"),
            (400, "RequestTimeout"),
        ])
    func retries(status: Int, code: String) async throws {
        let connector = ScriptedConnector { count, _ in
            count < 2 ? Fixture.json(status, ["__type": .string(code)]) : Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(.sqs, connector)
        #expect(try await client.call(.empty, "A", [:])["done"] == true)
        #expect(connector.requests.count == 3)
    }

    @Test("A rejection is not retried, and contains the message of AWS") func refusal() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(
                400, ["__type": "ns#InvalidParameterValue", "message": "bad thing"],
                headers: [("x-amzn-RequestId", "r1")])
        }
        let client = try await Fixture.client(.sqs, connector)
        let error = await Fixture.error { _ = try await client.call(.empty, "SendIt", [:]) }
        #expect(error?.code == "REFUSED" && error?.awsCode == "InvalidParameterValue")
        #expect(error?.message.contains("sqs refused SendIt with status 400: InvalidParameterValue: bad thing") == true)
        #expect(error?.details["request_id"] == "r1")
        #expect(connector.requests.count == 1)
    }

    @Test("A request that must not be executed twice is retried only if it was not executed") func once()
        async throws
    {
        for (failure, count) in [
            (HTTPFailure.connectionLost, 1), (HTTPFailure.timeout, 1), (HTTPFailure.cannotConnect, 4),
        ] {
            let connector = ScriptedConnector { _, _ in throw ApplicationError.connection(code: failure, "lost") }
            let client = try await Fixture.client(
                .sqs, Fixture.config("http://aws.test", ["options.circuit_failures": "0"]), connector)
            #expect(
                await DriverFixture.code { _ = try await client.call(.empty, "A", [:], isRepeatable: false) } == failure
            )
            #expect(connector.requests.count == count, "\(failure)")
        }
        for (status, code, count) in [(500, "InternalFailure", 1), (429, "TooManyRequestsException", 4)] {
            let connector = ScriptedConnector { _, _ in Fixture.json(status, ["__type": .string(code)]) }
            let client = try await Fixture.client(.sqs, connector)
            _ = await Fixture.error { _ = try await client.call(.empty, "A", [:], isRepeatable: false) }
            #expect(connector.requests.count == count, "\(code)")
        }
    }

    @Test("The back-off that the service requests is respected") func retryAfter() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            count == 0
                ? Fixture.json(429, [:], headers: [("Retry-After", "7")]) : Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(
            .sqs, Fixture.config("http://aws.test", ["options.timeout": "60000"]), connector, clock: clock)
        let call = Task { try await client.call(.empty, "A", [:]) }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 && connector.requests.count == 1 }
        clock.advance(by: .seconds(6))
        #expect(connector.requests.count == 1)
        clock.advance(by: .seconds(2))
        #expect(try await call.value["done"] == true)
    }

    @Test("A call that waits for others fails at its timeout") func bulkhead() async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let connector = ScriptedConnector { count, _ in
            if count == 0 { for await _ in stops {} }
            return Fixture.json(200, [:])
        }
        let config = Fixture.config("http://aws.test", ["options.max_calls": "1", "options.timeout": "500"])
        let client = try await Fixture.client(.sqs, config, connector)
        let code = Locked<String?>(nil)
        let first = Task { _ = try await client.call(.empty, "A", [:]) }
        try await waitUntil(within: .seconds(30)) { connector.requests.count == 1 }
        let second = Task {
            let error = await Fixture.error { _ = try await client.call(.empty, "B", [:]) }
            code.withLock { $0 = error?.code }
        }
        try? await waitUntil(within: .seconds(10)) { code.current != nil }
        #expect(code.current == "TIMEOUT")
        stop.finish()
        _ = await first.result
        await second.value
    }

    @Test("No attempt starts after the deadline") func deadline() async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(503, [:]) }
        let client = try await Fixture.client(
            .sqs,
            Fixture.config("http://aws.test", ["options.retry_delay": "5000", "options.retry_max_delay": "5000"]),
            connector)
        var context = Context()
        context.deadline = SystemClock().uptime + .seconds(1)
        let error = await Fixture.error { _ = try await client.call(context, "A", [:]) }
        #expect(error?.code == "UNAVAILABLE")
        #expect(connector.requests.count == 1)
        #expect((connector.requests.first?.timeout ?? .seconds(99)) <= .seconds(1))
    }

    @Test(
        "A clock that is 10 minutes off is corrected by the service's, once for all requests",
        arguments: [-600.0, 600.0])
    func skew(offset: Double) async throws {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let clock = VirtualClock(now.addingTimeInterval(offset))
        let connector = ScriptedConnector { _, request in
            guard request[header: "X-Amz-Date"] == AWSTimestamp(now).text else {
                return Fixture.json(
                    403, ["__type": "InvalidSignatureException", "message": "Signature expired"],
                    headers: [("Date", "Tue, 14 Nov 2023 22:13:20 GMT")])
            }
            return Fixture.json(200, ["done": true])
        }
        let client = try await Fixture.client(
            .sqs, Fixture.config("http://aws.test", ["options.retries": "0"]), connector, clock: clock)
        #expect(try await client.call(.empty, "A", [:])["done"] == true)
        #expect(try await client.call(.empty, "A", [:])["done"] == true)
        #expect(connector.requests.count == 3)
    }

    @Test("A wrong key is rejected without a retry, and not shown") func wrongKey() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(
                403,
                ["__type": "InvalidSignatureException", "message": "The Canonical String should have been 'HIDDEN'"],
                headers: [("Date", "Tue, 14 Nov 2023 22:13:20 GMT")])
        }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let client = try await Fixture.client(.sqs, Fixture.config(), connector, clock: clock)
        let error = await Fixture.error { _ = try await client.call(.empty, "A", [:]) }
        #expect(error?.code == "ACCESS_DENIED")
        #expect(error?.message.contains("HIDDEN") == false)
        #expect(connector.requests.count == 1)
    }

    @Test("All pages are read, and a page that refers to itself is an error") func pages() async throws {
        let connector = ScriptedConnector { _, request in
            let page = Fixture.body(request)["NextToken"]?.string ?? "0"
            let next: AnyValue = page == "0" ? "1" : page == "1" ? "2" : nil
            return Fixture.json(200, ["Items": [.string(page)], "NextToken": next])
        }
        let client = try await Fixture.client(.parameters, connector)
        #expect(try await client.pages(.empty, "List", [:], member: "Items") == ["0", "1", "2"])
        let loop = try await Fixture.client(
            .parameters, ScriptedConnector { _, _ in Fixture.json(200, ["Items": [], "NextToken": "same"]) })
        let code = await DriverFixture.code { _ = try await loop.pages(.empty, "List", [:], member: "Items") }
        #expect(code == HTTPFailure.badResponse)
    }

    @Test("An invalid response is an error", arguments: ["{", "<A>", "text"])
    func badResponse(text: String) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, text) }
        for service in [AWSService.sqs, .sns] {
            let client = try await Fixture.client(service, connector)
            #expect(await DriverFixture.code { _ = try await client.call(.empty, "A", [:]) } == HTTPFailure.badResponse)
        }
    }

    @Test("A call of a closed client throws NOT_OPENED") func notOpened() async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, [:]) }
        let client = try await Fixture.client(.sqs, connector)
        client.close()
        #expect(await DriverFixture.code { _ = try await client.call(.empty, "A", [:]) } == "NOT_OPENED")
    }
}
#endif
