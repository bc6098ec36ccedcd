import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct AccessLogTests {
    private func endpoint(
        _ config: ConfigParams, _ logger: RecordingLogger, _ clock: VirtualClock = VirtualClock()
    ) async throws -> HTTPEndpoint {
        let references = References([
            ("a:logger:recording:1:1.0", logger), ("test:clock:virtual:default:1.0", clock),
        ])
        let endpoint = try await assemble(HTTPEndpoint(), config: config, references: references)
        let routes = [
            RestRoute(.get, "/items/:item_id") { _, _ -> [String]? in
                clock.advance(by: .microseconds(2500))
                return ["a"]
            },
            RestRoute(
                .get, "/stream",
                response: { _, _ in
                    .stream { send in
                        try await send([1, 2])
                        clock.advance(by: .milliseconds(7))
                        try await send([3])
                    }
                }),
        ]
        endpoint.register(routes, for: endpoint)
        return endpoint
    }

    @Test("Each request is one line with route, status, bytes, time and client")
    func requestsAreLogged() async throws {
        let logger = RecordingLogger()
        let endpoint = try await endpoint(["options.access_log": "true"], logger)
        var request = RestRequest(.get, "/items/7?trace_id=t1")
        request.connection = { RestConnection(remoteAddress: "10.0.0.1") }
        #expect(await endpoint.respond(to: request).status == 200)
        let message = try #require(logger.messages.first)
        #expect(logger.messages.count == 1)
        #expect(message.level == .info)
        #expect(message.traceId == "t1")
        #expect(message.message == "HTTP request")
        let expected: AnyValueMap = [
            "method": "GET", "route": "/items/:item_id", "status": 200, "bytes": 5, "time": 2.5, "client": "10.0.0.1",
        ]
        #expect(message.fields == expected)
    }

    @Test("A request without a route is logged with its path") func unknownPathsAreLogged() async throws {
        let logger = RecordingLogger()
        let endpoint = try await endpoint(["options.access_log": "true"], logger)
        let response = await endpoint.respond(to: RestRequest(.get, "/nope"))
        let message = try #require(logger.messages.last)
        #expect(message.fields["path"] == "/nope")
        #expect(message.fields["route"] == .some(.null) && message.fields["status"] == 404)
        #expect(message.fields["bytes"] == .integer(Int64(response.body.count)))
        #expect(message.traceId != nil && message.traceId == response.headers.first { $0.name == "trace_id" }?.value)
    }

    @Test("A streamed response is logged with its bytes when its body is written")
    func streamsAreLogged() async throws {
        let logger = RecordingLogger()
        let endpoint = try await endpoint(["options.access_log": "true"], logger)
        let response = await endpoint.respond(to: RestRequest(.get, "/stream"))
        #expect(logger.messages.isEmpty)
        #expect(try await response.collected().body == [1, 2, 3])
        #expect(logger.messages.count == 1)
        #expect(logger.messages.last?.fields["bytes"] == 3)
        #expect(logger.messages.last?.fields["time"] == .double(7))
    }

    @Test("A stream aborted by the client is logged with the bytes sent")
    func brokenStreamsAreLogged() async throws {
        struct Gone: Error {}
        let logger = RecordingLogger()
        let endpoint = try await endpoint(["options.access_log": "true"], logger)
        let response = await endpoint.respond(to: RestRequest(.get, "/stream"))
        let writer = try #require(response.writer)
        await #expect(throws: Gone.self) {
            try await writer { piece in if piece == [3] { throw Gone() } }
        }
        #expect(logger.messages.map { $0.fields["bytes"] } == [2])
    }

    @Test(
        "Behind a trusted proxy, the logged client is the one reported by the proxy",
        arguments: [("10.0.0.9", "1.1.1.1"), ("2.2.2.2", "2.2.2.2")])
    func clientBehindAProxy(peer: String, client: AnyValue) async throws {
        let logger = RecordingLogger()
        let endpoint = try await endpoint(
            ["options.access_log": "true", "options.trusted_proxies": "10.0.0.0/8"], logger)
        for target in ["/items/7", "/stream", "/nope"] {
            // The client itself has sent the first address.
            let headers = HeaderFields([(name: "X-Forwarded-For", value: "9.9.9.9, 1.1.1.1, 10.0.0.8")])
            var request = RestRequest(.get, target, headers: headers)
            request.connection = { RestConnection(remoteAddress: peer) }
            _ = try await endpoint.respond(to: request).collected()
            #expect(logger.messages.last?.message == "HTTP request")
            #expect(logger.messages.last?.fields["client"] == client, "\(target)")
        }
    }

    @Test("There is no access log by default") func accessLogIsOffByDefault() async throws {
        let logger = RecordingLogger()
        let endpoint = try await endpoint([:], logger)
        _ = await endpoint.respond(to: RestRequest(.get, "/items/7"))
        #expect(logger.messages.isEmpty)
    }
}
