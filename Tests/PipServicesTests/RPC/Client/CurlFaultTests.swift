#if PIP_CURL
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// Peers that close, answer garbage or hang cause the right error in time and leave nothing behind.
@Suite struct CurlFaultTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"

    /// A server with scripted answers, and a connector to call it.
    private struct Peer {
        let answer: @Sendable (FaultServer.Connection, String) -> Bool

        init(_ answer: @escaping @Sendable (FaultServer.Connection, String) -> Bool) { self.answer = answer }

        func run(_ body: @Sendable (FaultServer, CurlConnector) async throws -> Void) async throws {
            let server = try FaultServer(answer)
            defer { server.stop() }
            // On a busy machine the default of one minute may pass between two requests.
            let connector = try await assemble(CurlConnector(), config: ["options.idle_timeout": "3600000"])
            try await body(server, connector)
            try await connector.close(.empty)
        }
    }

    private func code(_ body: () async throws -> Void) async -> String {
        do { try await body() } catch { return (error as? ApplicationError)?.code ?? "\(error)" }
        return "none"
    }

    /// The code decides whether a request is retried: a truncated answer may be complete the next time, a malformed one
    /// will not be.
    private static let broken: [(String, [String])] = [
        ("", [HTTPFailure.connectionLost]),
        // An incomplete line may be truncated or malformed.
        ("HTTP/1.1 200 OK\r\nContent-Le", [HTTPFailure.connectionLost, HTTPFailure.badResponse]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", [HTTPFailure.connectionLost]),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", [HTTPFailure.connectionLost]),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", [HTTPFailure.connectionLost]),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", [HTTPFailure.connectionLost]),
        // libcurl reports malformed chunks like a lost connection.
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", [HTTPFailure.connectionLost]),
        ("SSH-2.0-x\r\n", [HTTPFailure.badResponse]), ("\0\u{1}\u{2}garbage\r\n\r\n", [HTTPFailure.badResponse]),
        (
            "HTTP/1.1 200 OK\r\n\(String(repeating: "X: \(String(repeating: "a", count: 1000))\r\n", count: 300))\r\n",
            [HTTPFailure.badResponse]
        ),
    ]

    @Test(arguments: CurlFaultTests.broken)
    func brokenAnswers(answer: String, expected: [String]) async throws {
        try await Peer { connection, _ in
            connection.write(answer)
            return false
        }.run { server, connector async throws in
            for streams in [false, true] {
                let code = await code {
                    var request = HTTPClientRequest(.get, server.address, timeout: .seconds(20))
                    request.streamsResponse = streams
                    let response = try await connector.send(.empty, request)
                    _ = try await response.body.collect(upTo: 1_000_000)
                }
                #expect(expected.contains(code), "\(code) for \(answer.prefix(50)), streams: \(streams)")
            }
        }
    }

    @Test(
        arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"], [false, true])
    func peersThatHang(start: String, streams: Bool) async throws {
        try await Peer { connection, _ in
            connection.write(start)
            return !connection.waitForEnd()
        }.run { server, connector async throws in
            let timeout = Duration.seconds(1)
            let begin = ContinuousClock.now
            let code = await code {
                var request = HTTPClientRequest(.get, server.address, timeout: timeout)
                request.streamsResponse = streams
                let response = try await connector.send(.empty, request)
                _ = try await response.body.collect(upTo: 1000)
            }
            let time = ContinuousClock.now - begin
            #expect(code == HTTPFailure.timeout)
            #expect(time < timeout + .seconds(20))
            try await waitUntil { server.ended == 1 }
        }
    }

    @Test func cancellingReallyStopsTheTransfer() async throws {
        try await Peer { connection, _ in !connection.waitForEnd() }.run { server, connector async throws in
            let tasks = (0..<8).map { _ in
                Task { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
            }
            try await waitUntil { server.requests.count == 8 }
            for task in tasks { task.cancel() }
            for task in tasks { await #expect(throws: CancellationError.self) { _ = try await task.value } }
            try await waitUntil { server.ended == 8 }
        }
    }

    @Test func closingEndsWhatIsInFlight() async throws {
        try await Peer { connection, _ in !connection.waitForEnd() }.run { server, connector async throws in
            let task = Task { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
            try await waitUntil { server.requests.count == 1 }
            try await connector.close(.empty)
            #expect(await code { _ = try await task.value } == HTTPFailure.connectionLost)
            try await connector.open(.empty)
            try await waitUntil { server.ended == 1 }
        }
    }

    @Test func aStreamThatNobodyReadsIsStopped() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
        let piece = String(repeating: "x", count: 100_000)
        try await Peer { connection, _ in
            connection.write(head)
            for _ in 0..<1000 { connection.write(piece) }
            return false
        }.run { server, connector async throws in
            var request = HTTPClientRequest(.get, server.address)
            request.streamsResponse = true
            var response: HTTPClientResponse? = try await connector.send(.empty, request)
            #expect(response?.body.length == 100_000_000)
            response = nil
            try await waitUntil { server.ended == 1 }
        }
    }

    /// libcurl holds back what arrives while the reader is slow, and delivers it when the transfer is resumed.
    @Test("A streamed body that exceeds its limit while the reader is slow fails")
    func tooLargeBodyOfASlowReaderFails() async throws {
        // As much as the connector buffers.
        let size = 262_144
        let isRead = Locked(false)
        try await Peer { connection, request in
            guard request.contains("/large") else {
                connection.write(Self.ok)
                return true
            }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let first = String(repeating: "x", count: size)
            let (second, third) = (String(repeating: "y", count: 50), String(repeating: "z", count: 200))
            connection.write("40000\r\n\(first)\r\n32\r\n\(second)\r\nc8\r\n\(third)\r\n")
            for _ in 0..<60_000 where !isRead.current { usleep(1000) }
            connection.write("1\r\nx\r\n0\r\n\r\n")
            return true
        }.run { server, connector async throws in
            var request = HTTPClientRequest(.get, server.address + "/large", timeout: .seconds(60))
            request.streamsResponse = true
            request.maxResponseSize = size + 100
            let response = try await connector.send(.empty, request)
            // In the meantime the thread reads the large body until the buffer is full.
            for _ in 0..<50 {
                _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address, timeout: .seconds(60)))
            }
            let code = await code {
                for try await _ in response.body { isRead.withLock { $0 = true } }
            }
            #expect(code == HTTPFailure.responseTooLarge)
        }
    }

    @Test func manyAreCarriedOutAtOnce() async throws {
        let number = 150
        let arrived = Locked(0)
        try await Peer { connection, _ in
            arrived.withLock { $0 += 1 }
            // No request is answered before all have arrived.
            let clock = SystemClock()
            let end = clock.uptime + .seconds(60)
            while arrived.current < number {
                guard clock.uptime < end else { return false }
                usleep(1000)
            }
            connection.write(Self.ok)
            return true
        }.run { server, connector async throws in
            try await withThrowingTaskGroup { group in
                for _ in 0..<number {
                    group.addTask { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
        #expect(arrived.current == number)
    }

    @Test("Each of many calls ends once, whether answered, cancelled or stopped by close")
    func eachCallEndsOnce() async throws {
        for round in 0..<5 {
            try await Peer { connection, request in
                if request.contains("/slow") { usleep(3000) }
                connection.write(Self.ok)
                return true
            }.run { server, connector async throws in
                let ends = Locked<[String: Int]>([:])
                await withTaskGroup { group in
                    for number in 0..<24 {
                        group.addTask {
                            let calls = Task {
                                for call in 0..<20 {
                                    let path = (number + call).isMultiple(of: 3) ? "/slow" : "/quick"
                                    let code = await self.code {
                                        _ = try await connector.send(
                                            .empty,
                                            HTTPClientRequest(.get, server.address + path, timeout: .seconds(20)))
                                    }
                                    ends.withLock { $0[code, default: 0] += 1 }
                                    // Sometimes no call is in flight.
                                    if call.isMultiple(of: 5) {
                                        try? await SystemClock().sleep(for: .microseconds(number * 500))
                                    }
                                }
                            }
                            if number.isMultiple(of: 4) {
                                try? await SystemClock().sleep(for: .milliseconds(number))
                                calls.cancel()
                            }
                            await calls.value
                        }
                    }
                    if round == 4 {
                        group.addTask {
                            try? await waitUntil { ends.current["none", default: 0] > 20 }
                            try? await connector.close(.empty)
                        }
                    }
                }
                let counts = ends.current
                let closed = [HTTPFailure.connectionLost, HTTPFailure.cannotConnect, "NOT_OPENED"]
                #expect(counts.values.reduce(0, +) == 24 * 20)
                #expect(Set(counts.keys).isSubset(of: ["none", "CancellationError()"] + (round == 4 ? closed : [])))
                #expect(counts["none", default: 0] > (round == 4 ? 20 : 24 * 20 / 2))
            }
        }
    }

    @Test("A request inherits nothing from earlier requests on the same connection")
    func nothingOfARequestIsLeftForTheNext() async throws {
        try await Peer { connection, request in
            if request.contains("/slow") { usleep(4_000_000) }
            connection.write(Self.ok)
            return true
        }.run { server, connector async throws in
            func send(
                _ method: HTTPMethod, _ path: String, _ fields: HeaderFields = [],
                body: [UInt8] = [],
                timeout: Duration? = nil
            ) async throws {
                let request = HTTPClientRequest(
                    method, server.address + path, headers: fields, body: HTTPBody(body), timeout: timeout)
                #expect(try await connector.send(.empty, request).status == 200)
            }
            try await send(.get, "/first", [("X-Secret", "s")], timeout: .seconds(3))
            try await send(.get, "/slow")
            try await send(.post, "/long", [("Content-Type", "a/b")], body: Array("1234567".utf8))
            try await send(.post, "/short")
            try await send(.delete, "/gone")
            let many = (0..<60).map { (name: "X-\($0)", value: String(repeating: "v", count: 400 + $0)) }
            try await send(.delete, "/many", HeaderFields(many))
            try await send(.post, "/few", [("X-0", "")], body: [67])
            let requests = server.requests.map { $0.lowercased() }
            #expect(
                requests.map { $0.prefix { $0 != " " } } == ["get", "get", "post", "post", "delete", "delete", "post"])
            func holding(_ text: String) -> [Int] { requests.indices.filter { requests[$0].contains(text) } }
            #expect(holding("x-secret: s\r\n") == [0])
            #expect(holding("content-type: ") == [2])
            #expect(holding("content-length: 7\r\n") == [2])
            #expect(holding("content-length: 0\r\n") == [3])
            for field in many { #expect(holding("\r\n\(field.name): \(field.value)\r\n".lowercased()) == [5]) }
            #expect(holding("\r\nx-59:") == [5])
            #expect(holding("\r\nx-0:\r\n") == [6])
            #expect(holding("content-length: 1\r\n") == [6])
        }
    }

    @Test("A request after an upload or HEAD has its own body and response")
    func nothingOfAnUploadIsLeftForTheNext() async throws {
        try await Peer { connection, request in
            let end = request.hasPrefix("PUT") ? "streamed\r\n0\r\n\r\n" : request.hasPrefix("POST") ? "posted" : ""
            guard end.isEmpty || connection.read(until: end, after: request) != nil else { return false }
            connection.write(request.hasPrefix("HEAD") ? String(Self.ok.dropLast()) : Self.ok)
            return true
        }.run { server, connector async throws in
            func send(_ method: HTTPMethod, _ body: HTTPBody = HTTPBody()) async throws -> String {
                let request = HTTPClientRequest(method, server.address, body: body, timeout: .seconds(60))
                let response = try await connector.send(.empty, request)
                #expect(response.status == 200)
                return String(decoding: try await response.body.collect(upTo: 10), as: UTF8.self)
            }
            func streamed() -> HTTPBody {
                let isRead = Locked(false)
                return HTTPBody {
                    let isFirst = isRead.withLock { isRead in
                        defer { isRead = true }
                        return !isRead
                    }
                    return isFirst ? Array("streamed".utf8) : nil
                }
            }
            #expect(try await send(.put, streamed()) == "1")
            #expect(try await send(.post, HTTPBody(Array("posted".utf8))) == "1")
            #expect(try await send(.head) == "")
            #expect(try await send(.get) == "1")
            #expect(try await send(.put, streamed()) == "1")
            #expect(try await send(.get) == "1")
            let requests = server.requests.map { $0.lowercased() }
            #expect(requests.map { $0.prefix { $0 != " " } } == ["put", "post", "head", "get", "put", "get"])
            func holding(_ text: String) -> [Int] { requests.indices.filter { requests[$0].contains(text) } }
            #expect(holding("transfer-encoding: chunked\r\n") == [0, 4])
            #expect(holding("content-length: 6\r\n") == [1])
            #expect(holding("content-length: ") == [1])
        }
    }

    /// With HTTP/1.1 the surplus would be a request of its own, and what is missing would be taken from the next one.
    @Test("A streamed body that differs from its declared length fails, and no surplus is sent", arguments: [4, 6])
    func bodyOfAnotherLength(length: Int) async throws {
        try await Peer { connection, request in
            guard let all = connection.read(until: "first", after: request) else { return false }
            // What comes next is a surplus, or the next request.
            guard all.hasSuffix("first") else { return false }
            return true
        }.run { server, connector async throws in
            let pieces = Locked(["first", "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"])
            if length > 5 { pieces.withLock { _ = $0.removeLast() } }
            let body = HTTPBody(length: length) {
                pieces.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
            }
            let request = HTTPClientRequest(.post, server.address, body: body, timeout: .seconds(20))
            #expect(await code { _ = try await connector.send(.empty, request) } == "BODY_LENGTH")
            #expect(!server.requests.contains { $0.contains("admin") })
        }
    }

    @Test("Bytes beyond the declared length are not sent, and fail the call") func surplus() async throws {
        let isSurplusRead = Locked(false)
        try await Peer { connection, request in
            guard connection.read(until: "first", after: request) != nil else { return false }
            while !isSurplusRead.current { usleep(1000) }
            // The failure of the body reaches the connector soon.
            usleep(100_000)
            connection.write(Self.ok)
            return true
        }.run { server, connector async throws in
            let pieces = Locked(["first", "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"])
            let body = HTTPBody(length: 5) {
                pieces.withLock { pieces in
                    if pieces.count == 1 { isSurplusRead.withLock { $0 = true } }
                    return pieces.isEmpty ? nil : Array(pieces.removeFirst().utf8)
                }
            }
            let request = HTTPClientRequest(.post, server.address, body: body, timeout: .seconds(20))
            #expect(await code { _ = try await connector.send(.empty, request) } == "BODY_LENGTH")
            #expect(server.requests.count == 1)
        }
    }

    @Test("Above options.max_pending, calls fail at once") func tooManyCalls() async throws {
        try await Peer { connection, _ in !connection.waitForEnd() }.run { server, _ async throws in
            let connector = try await assemble(
                CurlConnector(), config: ["options.max_pending": "3", "options.max_host_connections": "1"])
            let calls = (0..<3).map { _ in
                Task { try await connector.send(.empty, HTTPClientRequest(.get, server.address)).status }
            }
            try await waitUntil { server.requests.count == 1 }
            // The others wait for the connection. They may be queued after this call, which then waits as they do.
            try await waitUntil(within: .seconds(30)) {
                let request = HTTPClientRequest(.get, server.address, timeout: .milliseconds(100))
                return await code { _ = try await connector.send(.empty, request) } == HTTPFailure.queueFull
            }
            for call in calls { call.cancel() }
            for call in calls { await #expect(throws: CancellationError.self) { _ = try await call.value } }
            let request = HTTPClientRequest(.get, server.address, timeout: .milliseconds(100))
            #expect(await code { _ = try await connector.send(.empty, request) } != HTTPFailure.queueFull)
            try await connector.close(.empty)
        }
    }

    @Test("When a streamed response ends, the source of the request body is cancelled")
    func endOfTheResponseStopsTheBody() async throws {
        try await Peer { connection, request in
            guard connection.read(until: "first", after: request) != nil else { return false }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")
            return false
        }.run { server, connector async throws in
            let (isRead, isCancelled) = (Locked(false), Locked(false))
            let body = HTTPBody {
                let isFirst = isRead.withLock { isRead in
                    defer { isRead = true }
                    return !isRead
                }
                do {
                    if !isFirst { try await SystemClock().sleep(for: .seconds(3600)) }
                } catch {
                    isCancelled.withLock { $0 = true }
                    throw error
                }
                return Array("first".utf8)
            }
            var request = HTTPClientRequest(.post, server.address, body: body, timeout: .seconds(60))
            request.streamsResponse = true
            let response = try await connector.send(.empty, request)
            #expect(await code { _ = try await response.body.collect(upTo: 1000) } == HTTPFailure.connectionLost)
            try await waitUntil(within: .seconds(30)) { isCancelled.current }
        }
    }

    private static let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 1\r\n"

    /// libcurl waits for the source of the body, and must not wait for it alone.
    @Test(
        "A call waiting for its body's source ends when the peer refuses it or closes",
        arguments: [
            ("", HTTPFailure.connectionLost), ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", "CONNECTION_LOST"),
            (CurlFaultTests.refusal + "\r\n1", "413"),
            ("HTTP/1.1 413 Content Too Large\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n", "413"),
            (CurlFaultTests.refusal + "Connection: close\r\n\r\n1", "413"),
        ])
    func waitingUploadEnds(answer: String, expected: String) async throws {
        try await Peer { connection, request in
            guard connection.read(until: "first", after: request) != nil else { return false }
            connection.write(answer)
            return answer.contains("413") && !answer.contains("close")
        }.run { server, connector async throws in
            let isRead = Locked(false)
            let body = HTTPBody {
                let isFirst = isRead.withLock { isRead in
                    defer { isRead = true }
                    return !isRead
                }
                // Ends by the cancellation that follows the end of the call.
                if !isFirst { try await SystemClock().sleep(for: .seconds(3600)) }
                return Array("first".utf8)
            }
            let request = HTTPClientRequest(.post, server.address, body: body, timeout: .seconds(20))
            var end = ""
            do {
                let status = try await connector.send(.empty, request).status
                end = "\(status)"
            } catch {
                end = (error as? ApplicationError)?.code ?? "\(error)"
            }
            #expect(end == expected)
        }
    }

    @Test func connectionsAreKept() async throws {
        let connections = Locked(Set<Int>())
        try await Peer { connection, _ in
            connections.withLock { _ = $0.insert(connection.number) }
            connection.write(Self.ok)
            return true
        }.run { server, connector async throws in
            for _ in 0..<10 { _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address)) }
            #expect(connections.current.count == 1)
        }
    }

    @Test("A connection that exceeds its maximum age is not used for new requests") func oldConnectionsAreReplaced()
        async throws
    {
        let server = try FaultServer { connection, _ in
            connection.write(Self.ok)
            return true
        }
        defer { server.stop() }
        // libcurl counts whole seconds.
        let connector = try await assemble(CurlConnector(), config: ["options.max_connection_age": "1000"])
        for _ in 0..<3 { _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address)) }
        try await waitUntil(within: .seconds(60)) {
            _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address))
            return server.ended >= 1
        }
        try await connector.close(.empty)
    }

    @Test("Idle connections are closed without another request") func idleConnectionsAreClosed()
        async throws
    {
        let server = try FaultServer { connection, _ in
            connection.write(Self.ok)
            return true
        }
        defer { server.stop() }
        let connector = try await assemble(CurlConnector(), config: ["options.idle_timeout": "50"])
        for _ in 0..<2 {
            let before = server.ended
            _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address))
            try await waitUntil(within: .seconds(30)) { server.ended == before + 1 }
        }
        try await connector.close(.empty)
    }

    @Test("The time of being idle begins with the end of the last transfer") func idleTimeBeginsAnew() async throws {
        let clock = SystemClock()
        for _ in 0..<5 {
            // Each attempt has its own server: connections of an earlier one end during this.
            let server = try FaultServer { connection, _ in
                connection.write(Self.ok)
                return true
            }
            defer { server.stop() }
            let connector = try await assemble(CurlConnector(), config: ["options.idle_timeout": "1000"])
            let start = clock.uptime
            _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address))
            try await clock.sleep(for: .milliseconds(650))
            let again = clock.uptime
            _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address))
            let answered = clock.uptime
            try await clock.sleep(for: .milliseconds(650))
            let ended = server.ended
            let end = clock.uptime
            try await connector.close(.empty)
            // A busy machine may take longer than the time of being idle.
            guard answered - start < .milliseconds(950), end - again < .milliseconds(950) else { continue }
            #expect(ended == 0)
            break
        }
    }

    @Test("The header of an interim response is no part of the response") func interimHeader() async throws {
        try await Peer { connection, _ in
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + Self.ok)
            return true
        }.run { server, connector async throws in
            let response = try await connector.send(.empty, HTTPClientRequest(.get, server.address))
            #expect(response.status == 200)
            #expect(response[header: "Link"] == nil)
        }
    }

    @Test("A response that declares too large a body fails before the body arrives", arguments: [false, true])
    func declaredSizeIsChecked(streams: Bool) async throws {
        try await Peer { connection, _ in
            // The body never comes.
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")
            return connection.readRequest() != nil
        }.run { server, connector async throws in
            let code = await code {
                var request = HTTPClientRequest(.get, server.address, timeout: .seconds(60), maxResponseSize: 1000)
                request.streamsResponse = streams
                _ = try await connector.send(.empty, request).body.collect(upTo: 1000)
            }
            #expect(code == HTTPFailure.responseTooLarge)
            // A HEAD declares the size of a body that it does not have.
            var head = HTTPClientRequest(.head, server.address, timeout: .seconds(60), maxResponseSize: 1000)
            head.streamsResponse = streams
            let response = try await connector.send(.empty, head)
            #expect(try await response.body.collect(upTo: 1000).isEmpty)
        }
    }

    @Test("The number of concurrent host resolutions is limited") func resolutionsAreBounded() {
        let resolutions = CurlResolutions(limit: 2)
        #expect(resolutions.begin() && resolutions.begin())
        #expect(!resolutions.begin())
        resolutions.end()
        #expect(resolutions.begin())
    }

    @Test("Calls and connections of libcurl are counted") func counters() async throws {
        let server = try FaultServer { connection, _ in
            connection.write(Self.ok)
            return false
        }
        defer { server.stop() }
        let counters = LogCounters()
        let connector = try await assemble(
            CurlConnector(), references: ["test:counters:log:default:1.0": counters])
        for _ in 0..<3 { _ = try await connector.send(.empty, HTTPClientRequest(.get, server.address)) }
        #expect(counters["curl.default.call_time"]?.count == 3)
        #expect(counters["curl.default.in_flight"]?.last == 0)
        #expect(counters["curl.default.queue_depth"]?.last == 0)
        // Each answer ends its connection.
        #expect(counters["curl.default.reconnects"]?.count == 2)
        try await connector.close(.empty)
    }

    /// The peer reads a request on a kept connection and closes it. It may have carried the request out.
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
        }.run { server, connector async throws in
            let request = HTTPClientRequest(method, server.address, body: HTTPBody(method == .post ? [1, 2] : []))
            _ = try await connector.send(.empty, request)
            let code = await code { _ = try await connector.send(.empty, request) }
            #expect(code == (method == .post ? HTTPFailure.connectionLost : "none"))
            #expect(server.requests.count == requests)
        }
    }

    /// A kept connection that the peer has closed after its answer is not used again. Nothing was sent on it, so a POST
    /// too is sent on another one.
    @Test(arguments: [HTTPMethod.get, .post])
    func aConnectionThatThePeerHasClosedIsReplaced(method: HTTPMethod) async throws {
        let connections = Locked<[Int]>([])
        try await Peer { connection, _ in
            connections.withLock { $0.append(connection.number) }
            connection.write(Self.ok)
            return false
        }.run { server, connector async throws in
            let request = HTTPClientRequest(method, server.address, body: HTTPBody(method == .post ? [1, 2] : []))
            for number in 1...3 {
                let status = try await connector.send(.empty, request).status
                #expect(status == 200)
                try await waitUntil { server.closed == number }
            }
            #expect(connections.current == [0, 1, 2])
        }
    }

    /// The second piece exists only after the peer has received the first: a body that is collected before it is sent
    /// never ends.
    @Test(arguments: [nil, 11] as [Int?])
    func aBodyIsSentAsItComes(length: Int?) async throws {
        let (isSeen, count) = (Locked(false), Locked(0))
        try await Peer { connection, request in
            guard let start = connection.read(until: "first", after: request) else { return false }
            isSeen.withLock { $0 = true }
            let end = length == nil ? "second\r\n0\r\n\r\n" : "second"
            guard connection.read(until: end, after: start) != nil else { return false }
            connection.write(Self.ok)
            return true
        }.run { server, connector async throws in
            let body = HTTPBody(length: length) {
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 1 { return Array("first".utf8) }
                guard number == 2 else { return nil }
                try await waitUntil(within: .seconds(60)) { isSeen.current }
                return Array("second".utf8)
            }
            let request = HTTPClientRequest(.post, server.address, body: body)
            let status = try await connector.send(.empty, request).status
            #expect(status == 200)
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
        }.run { server, _ async throws in
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
