import PipServices

/// The contract of every ``HTTPConnector``. The peer is an ``HTTPEndpoint`` with the routes of
/// ``HTTPContractController``.
public struct HTTPConnectorContract: Contract {
    /// A connector with the address of its peer.
    public struct Subject: Sendable {
        /// The connector under test.
        public let connector: any HTTPConnector
        /// Protocol, host and port of the peer, such as `http://localhost:8080`.
        public let address: String

        /// Creates a subject.
        public init(_ connector: any HTTPConnector, address: String) {
            self.connector = connector
            self.address = address
        }
    }

    /// Creates the contract.
    public init() {}

    private typealias Case = ContractCase<Subject>
    private typealias Run = ContractRun<Subject>

    /// The cases.
    public var cases: [ContractCase<Subject>] { Self.messages + Self.bodies + Self.refusals }

    private static let messages = [
        Case("methods, paths, queries and header fields arrive") { run in
            for method in [HTTPMethod.get, .post, .put, .patch, .delete] {
                let request = HTTPClientRequest(
                    method, "\(run.subject.address)/contract/echo/a%20b?x=%C3%A9&y=1",
                    headers: [("X-Test", "some text")])
                let answer = try await json(run, request)
                try run.expect(answer["method"], equals: .string(method.rawValue), "method")
                try run.expect(answer["part"], equals: "a b", "part of the path")
                try run.expect(answer["x"], equals: "\u{e9}", "query")
                try run.expect(answer["header"], equals: "some text", "header field")
            }
        },
        Case("a path arrives unchanged") { run in
            for (part, expected) in [("a%2Fb", "a/b"), ("%25", "%"), ("%2525", "%25"), ("...", "...")] {
                let answer = try await json(
                    run, HTTPClientRequest(.get, "\(run.subject.address)/contract/echo/\(part)"))
                try run.expect(answer["part"], equals: .string(expected), "part of the path")
            }
            // If the client resolved these, they would be the path of a route.
            for part in ["missing/..", "missing/%2E%2E", "."] {
                let response = try await send(run, .get, "/contract/\(part)/echo/x")
                try run.expect(response.status, equals: 404, "status of a path with '\(part)'")
            }
        },
        Case("status and header fields are returned") { run in
            for status in [200, 201, 302, 404, 409, 500, 503] {
                let response = try await send(run, .get, "/contract/status/\(status)")
                try run.expect(response.status, equals: status, "status")
                try run.expect(response[header: "x-STATUS"], equals: "\(status)", "header field")
                try run.expect(response[header: "X-Twice"], equals: "1, 2", "repeated header field")
            }
        },
        Case("repeated header fields are joined") { run in
            let request = HTTPClientRequest(
                .get, "\(run.subject.address)/contract/echo/a", headers: [("X-Test", "a"), ("x-test", "b")])
            let answer = try await json(run, request)
            try run.expect(answer["header"], equals: "a, b", "header field")
        },
        Case("a response without a body") { run in
            let response = try await send(run, .get, "/contract/status/204")
            try run.expect(response.status, equals: 204, "status")
            try run.expect(try await response.body.collect(upTo: 0), equals: [], "body")
        },
        Case("HEAD returns only the header") { run in
            let response = try await send(run, .head, "/contract/bytes/1000")
            try run.expect(response.status, equals: 200, "status")
            try run.expect(try await response.body.collect(upTo: 0), equals: [], "body")
        },
        Case("many concurrent requests") { run in
            let statuses = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let answer = try await json(
                            run, HTTPClientRequest(.get, "\(run.subject.address)/contract/echo/\(number)"))
                        return answer["part"] == .string("\(number)")
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try run.expect(statuses.count { $0 }, equals: 64, "right answers")
        },
    ]

    private static let bodies = [
        Case("bodies of all sizes are sent and returned") { run in
            for count in [0, 1, 1000, 65_536, 1_000_000] {
                let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let response = try await run.subject.connector.send(
                    run.context,
                    HTTPClientRequest(.post, "\(run.subject.address)/contract/mirror", body: HTTPBody(sent)))
                try run.expect(try await response.body.collect(upTo: count) == sent, "\(count) bytes differ")
            }
        },
        Case("a streamed body of known length") { run in
            let pieces = Pieces([[1, 2], [3], Array(repeating: 4, count: 300_000)])
            let body = HTTPBody(length: 300_003) { await pieces.next() }
            let response = try await run.subject.connector.send(
                run.context, HTTPClientRequest(.post, "\(run.subject.address)/contract/mirror", body: body))
            let all = try await response.body.collect(upTo: 1_000_000)
            try run.expect(all.prefix(4) == [1, 2, 3, 4] && all.count == 300_003, "the bytes differ")
        },
        Case("a streamed body of unknown length") { run in
            let pieces = Pieces([[1, 2], [3], Array(repeating: 4, count: 300_000)])
            let response = try await run.subject.connector.send(
                run.context,
                HTTPClientRequest(
                    .put, "\(run.subject.address)/contract/mirror", body: HTTPBody { await pieces.next() }))
            try run.expect(try await response.body.collect(upTo: 1_000_000).count, equals: 300_003, "bytes")
        },
        Case("an error of the body is the error of the request") { run in
            try await run.expect(code: "NO_MORE") {
                let body = HTTPBody { throw ApplicationError.internal(code: "NO_MORE", "That was all") }
                _ = try await run.subject.connector.send(
                    run.context, HTTPClientRequest(.post, "\(run.subject.address)/contract/mirror", body: body))
            }
        },
        Case("a streamed body of another length than it declares is rejected") { run in
            for length in [4, 6] {
                let pieces = Pieces([Array("12345".utf8)])
                try await run.expect(code: "BODY_LENGTH") {
                    let body = HTTPBody(length: length) { await pieces.next() }
                    _ = try await run.subject.connector.send(
                        run.context, HTTPClientRequest(.post, "\(run.subject.address)/contract/mirror", body: body))
                }
            }
        },
        Case("a streamed response is read as it arrives") { run in
            var request = HTTPClientRequest(.get, "\(run.subject.address)/contract/bytes/1000000")
            request.streamsResponse = true
            let response = try await run.subject.connector.send(run.context, request)
            try run.expect(response.status, equals: 200, "status")
            var count = 0
            for try await piece in response.body { count += piece.count }
            try run.expect(count, equals: 1_000_000, "bytes")
        },
        Case("reading a streamed response can be stopped") { run in
            for _ in 0..<20 {
                var request = HTTPClientRequest(.get, "\(run.subject.address)/contract/bytes/1000000")
                request.streamsResponse = true
                let response = try await run.subject.connector.send(run.context, request)
                for try await _ in response.body { break }
            }
            try run.expect(try await send(run, .get, "/contract/status/200").status, equals: 200, "status afterwards")
        },
        Case("a response above the caller's limit is rejected") { run in
            try await run.expect(code: HTTPFailure.responseTooLarge) {
                var request = HTTPClientRequest(.get, "\(run.subject.address)/contract/bytes/1001")
                request.maxResponseSize = 1000
                _ = try await run.subject.connector.send(run.context, request)
            }
        },
    ]

    private static let refusals = [
        Case("an invalid request is rejected") { run in
            for (name, value) in [("a b", "x"), ("", "x"), ("a", "x\r\nb: c"), ("a", "x\0"), ("a:", "x")] {
                try await run.expect(code: "BAD_HEADER") {
                    _ = try await run.subject.connector.send(
                        run.context,
                        HTTPClientRequest(.get, "\(run.subject.address)/contract/echo/1", headers: [(name, value)]))
                }
            }
            for url in ["", "no url", "/path", "http://", "http://host:99999/", "http://a b/", "http://h/\r\n", "x"] {
                try await run.expect(code: "BAD_URL") {
                    _ = try await run.subject.connector.send(run.context, HTTPClientRequest(.get, url))
                }
            }
        },
        Case("a missing response times out") { run in try await endsInTime(run, "never") },
        Case("a response that stalls times out") { run in try await endsInTime(run, "stalls") },
        Case("a cancelled task stops waiting", passesTime: true) { run in
            for timeout in [Duration.seconds(60), nil] {
                try await holding(run, "never", timeout) { request in
                    let task = Task { try await run.subject.connector.send(run.context, request).status }
                    try await run.time.pass(1)
                    task.cancel()
                    let result = await task.result
                    guard case .failure(let error) = result else {
                        return try run.expect(false, "there was a response")
                    }
                    try run.expect(error is CancellationError, "expected a CancellationError, got \(error)")
                }
            }
            try run.expect(try await send(run, .get, "/contract/status/200").status, equals: 200, "status afterwards")
        },
    ]

    /// The timeout of a request covers the complete response, whether it is read at once or streamed.
    private static func endsInTime(_ run: Run, _ route: String) async throws {
        // A connector with keep-alive has a connection now, so only the response is timed.
        try run.expect(try await send(run, .get, "/contract/status/200").status, equals: 200, "status before")
        let clock = SystemClock()
        let limit = Duration.milliseconds(500)
        for streams in [false, true] {
            try await holding(run, route, limit) { request in
                var request = request
                request.streamsResponse = streams
                let sent = request
                let start = clock.uptime
                try await run.expect(code: HTTPFailure.timeout) {
                    let response = try await run.subject.connector.send(run.context, sent)
                    _ = try await response.body.collect(upTo: 1000)
                }
                let time = clock.uptime - start
                // Less than the peer waits, and more than a busy machine needs.
                try run.expect(time < limit + .seconds(20), "it took \(time)")
            }
        }
    }

    /// Passes a request to `body` whose response the peer delays, and releases the peer afterwards.
    private static func holding(
        _ run: Run, _ route: String, _ timeout: Duration?, _ body: (HTTPClientRequest) async throws -> Void
    ) async throws {
        let key = run.key(IdGenerator.nextLong())
        let url = "\(run.subject.address)/contract/\(route)/\(key)"
        do {
            try await body(HTTPClientRequest(.get, url, timeout: timeout))
        } catch {
            _ = try? await send(run, .post, "/contract/release/\(key)")
            throw error
        }
        let released = try await send(run, .post, "/contract/release/\(key)")
        try run.expect(released.status, equals: 200, "status afterwards")
    }

    private static func send(_ run: Run, _ method: HTTPMethod, _ path: String) async throws -> HTTPClientResponse {
        try await run.subject.connector.send(run.context, HTTPClientRequest(method, run.subject.address + path))
    }

    private static func json(_ run: Run, _ request: HTTPClientRequest) async throws -> AnyValueMap {
        let response = try await run.subject.connector.send(run.context, request)
        let text = String(decoding: try await response.body.collect(upTo: 100_000), as: UTF8.self)
        return JSONConverter.toMap(text)
    }

    private actor Pieces {
        private var left: [[UInt8]]
        init(_ pieces: [[UInt8]]) { left = pieces }
        func next() -> [UInt8]? { left.isEmpty ? nil : left.removeFirst() }
    }
}
