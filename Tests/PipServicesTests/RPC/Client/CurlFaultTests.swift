#if PIP_CURL
import PipServices
import PipServicesTesting
import Testing

/// Peers that die, answer garbage or hang: the right error in time, and nothing is left behind.
@Suite struct CurlFaultTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"

    /// A server that answers as it is told, and a connector to call it by.
    private struct Peer {
        let answer: @Sendable (FaultServer.Connection, String) -> Bool

        init(_ answer: @escaping @Sendable (FaultServer.Connection, String) -> Bool) { self.answer = answer }

        func run(_ body: @Sendable (FaultServer, CurlConnector) async throws -> Void) async throws {
            let server = try FaultServer(answer)
            defer { server.stop() }
            let connector = CurlConnector()
            try await body(server, connector)
            try await connector.close(.empty)
        }
    }

    private func code(_ body: () async throws -> Void) async -> String {
        do { try await body() } catch { return (error as? ApplicationError)?.code ?? "\(error)" }
        return "none"
    }

    private func eventually(_ condition: @Sendable () -> Bool) async throws {
        let clock = SystemClock()
        let end = clock.uptime + .seconds(30)
        while !condition() {
            try #require(clock.uptime < end)
            try await clock.sleep(for: .milliseconds(2))
        }
    }

    @Test(arguments: [
        ("", HTTPFailure.connectionLost), ("HTTP/1.1 200 OK\r\nContent-Le", HTTPFailure.connectionLost),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", HTTPFailure.connectionLost),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", HTTPFailure.connectionLost),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", HTTPFailure.connectionLost),
        ("SSH-2.0-x\r\n", HTTPFailure.badResponse), ("\0\u{1}\u{2}garbage\r\n\r\n", HTTPFailure.badResponse),
        (
            "HTTP/1.1 200 OK\r\n\(String(repeating: "X: \(String(repeating: "a", count: 1000))\r\n", count: 300))\r\n",
            HTTPFailure.badResponse
        ),
    ])
    func brokenAnswers(answer: String, expected: String) async throws {
        try await Peer { connection, _ in
            connection.write(answer)
            return false
        }.run { server, connector in
            for streams in [false, true] {
                let code = await code {
                    var request = HTTPClientRequest(.get, server.address, timeout: .seconds(20))
                    request.streamsResponse = streams
                    let response = try await connector.send(.empty, request)
                    _ = try await response.body.collect(upTo: 1_000_000)
                }
                // Either is true of a header that ends in its midst.
                #expect([expected, HTTPFailure.badResponse].contains(code), "\(code) for \(answer.prefix(50))")
            }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"])
    func peersThatHang(start: String) async throws {
        try await Peer { connection, _ in
            connection.write(start)
            return !connection.waitForEnd()
        }.run { server, connector in
            let began = SystemClock().uptime
            let code = await code {
                _ = try await connector.send(
                    .empty, HTTPClientRequest(.get, server.address, timeout: .milliseconds(200)))
            }
            #expect(code == HTTPFailure.timeout)
            #expect(SystemClock().uptime - began < .seconds(10))
            try await eventually { server.ended == 1 }
        }
    }

    @Test func cancellingReallyStopsTheTransfer() async throws {
        try await Peer { connection, _ in !connection.waitForEnd() }.run { server, connector in
            let tasks = (0..<8).map { _ in
                Task { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
            }
            try await eventually { server.requests.count == 8 }
            for task in tasks { task.cancel() }
            for task in tasks { await #expect(throws: CancellationError.self) { _ = try await task.value } }
            try await eventually { server.ended == 8 }
        }
    }

    @Test func closingEndsWhatIsInFlight() async throws {
        try await Peer { connection, _ in !connection.waitForEnd() }.run { server, connector in
            let task = Task { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
            try await eventually { server.requests.count == 1 }
            try await connector.close(.empty)
            #expect(await code { _ = try await task.value } == HTTPFailure.connectionLost)
            try await connector.open(.empty)
            try await eventually { server.ended == 1 }
        }
    }

    @Test func aStreamThatNobodyReadsIsStopped() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
        let piece = String(repeating: "x", count: 100_000)
        try await Peer { connection, _ in
            connection.write(head)
            for _ in 0..<1000 { connection.write(piece) }
            return false
        }.run { server, connector in
            var request = HTTPClientRequest(.get, server.address)
            request.streamsResponse = true
            var response: HTTPClientResponse? = try await connector.send(.empty, request)
            #expect(response?.body.length == 100_000_000)
            response = nil
            try await eventually { server.ended == 1 }
        }
    }

    @Test func connectionsAreKept() async throws {
        let connections = Locked(Set<Int>())
        try await Peer { connection, _ in
            connections.withLock { _ = $0.insert(connection.number) }
            connection.write(Self.ok)
            return true
        }.run { server, connector in
            for _ in 0..<10 { _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address)) }
            #expect(connections.current.count == 1)
        }
    }

    /// A kept connection on which the peer reads a request and hangs up: it may have carried it out.
    @Test(arguments: [(HTTPMethod.post, 2), (.get, 3)])
    func whatMayHaveBeenDoneIsNotSentAgain(method: HTTPMethod, requests: Int) async throws {
        let count = Locked(0)
        try await Peer { connection, _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 2 { return false }
            connection.write(Self.ok)
            return true
        }.run { server, connector in
            let request = HTTPClientRequest(method, server.address, body: HTTPBody(method == .post ? [1, 2] : []))
            _ = try await connector.send(.empty, request)
            let code = await code { _ = try await connector.send(.empty, request) }
            #expect(code == (method == .post ? HTTPFailure.connectionLost : "none"))
            #expect(server.requests.count == requests)
        }
    }

    @Test func nobodyListens() async throws {
        let server = try FaultServer { _, _ in false }
        server.stop()
        let connector = CurlConnector()
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await connector.send(.fromTraceId("t"), HTTPClientRequest(.post, server.address + "/p?secret=1"))
        }
        #expect(error?.code == HTTPFailure.cannotConnect)
        #expect(error?.category == .noResponse)
        #expect(error?.traceId == "t")
        #expect(error?.message.contains("secret") == false)
        #expect(error.map { HTTPFailure.isUnsent($0) } == true)
        let unknown = await code {
            _ = try await connector.send(.empty, HTTPClientRequest(.get, "http://no-such-host.invalid"))
        }
        #expect([HTTPFailure.cannotConnect, HTTPFailure.connectTimeout].contains(unknown))
        try await connector.close(.empty)
    }

    @Test func aServiceThatCallsOthersGetsTheConnectorByItself() async throws {
        try await Peer { connection, _ in
            connection.write(Self.ok)
            return true
        }.run { server, _ in
            let yaml = """
                - descriptor: pip-services:client:commandable-http:default:1.0
                  base_route: v1/x
                  connection: { host: 127.0.0.1, port: \(server.port) }
                """
            try await withContainer(yaml: yaml) { container in
                let client = try container.references.getOneRequired("*:client:*:*:1.0", as: CommandableHTTPClient.self)
                let result: Int? = try await client.callCommand(.empty, "get")
                #expect(result == 1)
                #expect(server.requests.first?.hasPrefix("POST /v1/x/get HTTP/1.1\r\n") == true)
            }
        }
    }
}
#endif
