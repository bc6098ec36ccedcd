#if PIP_HTTP
import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// What the server does with clients that are slow, misleading or too many. Each time it still answers others.
@Suite struct ServerLimitsTests {
    final class Things: RestController {
        let rest = RestHost()
        let sizes = Locked<[Int]>([])
        let gate = Locked(Gate())
        let count = Locked(0)
        struct Gate: Sendable {
            var waiting = false
            var isOpen = false
        }
        var routes: [RestRoute] {
            RestRoute(.get, "/") { _, _ in "hello" }
            RestRoute(.post, "/size") { _, request in try await request.body.bytes().count }
            RestRoute(.post, "/upload") { [sizes] _, request in
                let total = Locked(0)
                try await request.body.read { piece in
                    total.withLock { $0 += piece.count }
                    sizes.withLock { $0.append(piece.count) }
                }
                return total.current
            }
            RestRoute(
                .get, "/download",
                response: { _, request in
                    let count = Int(request.query["count"] ?? "") ?? 0
                    return .stream { send in
                        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
                        for _ in 0..<count { try await send(piece) }
                        try await send([])
                    }
                })
            RestRoute(
                .get, "/big",
                response: { _, _ in
                    RestResponse(body: [UInt8](repeating: UInt8(ascii: "y"), count: 40_000_000))
                })
            RestRoute(
                .get, "/broken",
                response: { _, _ in
                    .stream { send in
                        try await send(Array("part".utf8))
                        throw ApplicationError.unknown(code: "X", "x")
                    }
                })
            RestRoute(.get, "/slow") { [gate] _, _ in
                try await Self.wait(at: gate)
                return "done"
            }
            RestRoute(.post, "/held") { [gate] _, request in
                let count = try await request.body.bytes().count
                try await Self.wait(at: gate)
                return count
            }
            RestRoute(.get, "/waiting") { [gate] _, _ in gate.current.waiting }
            RestRoute(.post, "/open") { [gate] _, _ in
                gate.withLock { $0.isOpen = true }
                return true
            }
            RestRoute(
                .get, "/cookies",
                response: { _, _ in
                    RestResponse(
                        headers: [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Cache-Control", "private")])
                })
            RestRoute(.get, "/count") { [count] _, _ in
                count.withLock { count in
                    count += 1
                    return count
                }
            }
            RestRoute(.get, "/peer") { _, request in request.remoteAddress }
            RestRoute(
                .get, "/kilobyte",
                response: { [count] _, _ in
                    count.withLock { $0 += 1 }
                    return RestResponse(body: [UInt8](repeating: UInt8(ascii: "z"), count: 1023) + [UInt8(ascii: "!")])
                })
        }

        private static func wait(at gate: Locked<Gate>) async throws {
            gate.withLock { $0.waiting = true }
            for _ in 0..<6000 where !gate.current.isOpen { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    private func with(
        _ options: String = "{}", _ things: Things = Things(), _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await withRestServer(things, options: options) { _, port in
            try await body(port)
            // It still answers. It may not have noticed yet that connections of the test are gone.
            try await waitUntil { try await Self.isAnswered(port) }
        }
    }

    /// All that the server answers until it closes the connection.
    private static func exchange(_ port: Int, _ text: String) async throws -> String {
        let client = try RawConnection(port: port)
        try await client.send(text)
        return try await client.receive()
    }

    /// True when a new connection gets an answer that is no refusal.
    private static func isAnswered(_ port: Int) async throws -> Bool {
        try await exchange(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 200 ")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", "GET / HTTP/1.0\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "GET / HTTP/1.1\r\nHost: <a>\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: caf\u{E9}\r\n\r\n",
        "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello",
        "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n", "GARBAGE\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 100_000) + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "X: y\r\n", count: 20_000) + "\r\n",
    ])
    func misleadingRequestsGet400AndAreClosed(_ text: String) async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(port, text + "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
            #expect(answer.components(of: "HTTP/1.1 ") == 1, "nothing behind it is answered: \(answer.prefix(500))")
        }
    }

    @Test(arguments: [(1000, "200"), (4000, "400")])
    func headersAreBounded(_ count: Int, _ status: String) async throws {
        try await with("{ header_max_size: 2048 }") { port async throws in
            let field = "X: " + String(repeating: "x", count: count)
            let answer = try await Self.exchange(
                port, "GET / HTTP/1.1\r\nHost: h\r\n\(field)\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(200))")
        }
    }

    @Test func requestsInFlightAreBounded() async throws {
        let things = Things()
        try await with("{ max_in_flight: 1 }", things) { port async throws in
            let first = try RawConnection(port: port)
            try await first.send("GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            try await waitUntil { things.gate.current.waiting }
            let answer = try await Self.exchange(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 503 "), "\(answer)")
            #expect(answer.contains("OVERLOADED") && answer.contains("Retry-After: 1\r\n"), "\(answer)")
            things.gate.withLock { $0.isOpen = true }
            #expect(try await first.receive().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aRequestBeforeABadOneIsAnswered() async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(
                port, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains("HTTP/1.1 400 "))
        }
    }

    /// A target may be all of a URL, as for a proxy, or only its host.
    @Test(arguments: [
        ("GET /count", "200", "\r\n\r\n1"), ("GET http://elsewhere.test/count?a=b", "200", "\r\n\r\n1"),
        ("GET http://h", "200", "hello"),
        ("GET //h/count", "404", "ResourceNotFound"), ("PROPFIND /count", "405", "MethodNotAllowed"),
        ("OPTIONS *", "204", "Allow: GET, HEAD, OPTIONS, POST"),
    ])
    func targetsOfAllFormsAreRead(_ line: String, _ status: String, _ text: String) async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(port, "\(line) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.contains(text), "\(answer)")
        }
    }

    @Test func fieldsBehindAChunkedBodyAreTaken() async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(
                port,
                "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"
                    + "GET /count HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.components(of: "HTTP/1.1 200 ") == 2, "\(answer)")
            #expect(answer.contains("\r\n\r\n5HTTP/1.1"), "\(answer)")
        }
    }

    @Test(arguments: ["/%ff", "/?a=%c3%28", "/%ed%a0%80", "/?%80"])
    func brokenTextGets400(_ target: String) async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(
                port, "GET \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.contains("BAD_TEXT"))
        }
    }

    @Test func rawBytesThatAreNoTextGet400() async throws {
        try await with { port async throws in
            let client = try RawConnection(port: port)
            try await client.send(Array("GET /a".utf8) + [0xFF, 0xFE] + Array(" HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
            let answer = try await client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        }
    }

    @Test func aSlowHeaderIsClosed() async throws {
        try await with("{ header_timeout: 300 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n")
            let dripping = Task {
                while try await client.send("X: y\r\n") { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(try await client.isClosed())
            dripping.cancel()
            #expect(try await RawConnection(port: port).isClosed(), "nor does a silent one stay")
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await with("{ idle_timeout: 300 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.receive(until: "hello").hasPrefix("HTTP/1.1 200 "))
            try await client.send("GET / HT")
            #expect(try await client.isClosed())
        }
    }

    @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    func aSlowBodyGets408(_ field: String) async throws {
        try await with("{ transfer_timeout: 300 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("POST /size HTTP/1.1\r\nHost: h\r\n\(field)\r\n\r\n")
            let piece = field.hasPrefix("C") ? "x" : "1\r\nx\r\n"
            let dripping = Task { while try await client.send(piece) { try await Task.sleep(for: .milliseconds(50)) } }
            let answer = try await client.receive()
            dripping.cancel()
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
        }
    }

    /// Small answers take more memory than their bytes.
    @Test func fewAnswersWaitInMemoryForAClientThatDoesNotReadThem() async throws {
        let things = Things()
        // Among tests that compute, this may take longer than the server otherwise waits for such a client.
        try await with("{ transfer_timeout: 600000 }", things) { port in
            let request = "GET /kilobyte HTTP/1.1\r\nHost: h\r\n\r\n"
            let reader = try RawConnection(port: port)
            try await reader.send(request)
            let length = try await reader.receive(until: "!").utf8.count
            let client = try RawConnection(port: port, receiveBuffer: 4096)
            let asking = Task { try await client.send(String(repeating: request, count: 20_000)) }
            defer { asking.cancel() }
            // Until the system takes no more of them.
            var (before, equal) = (0, 0)
            try await waitUntil {
                let now = things.count.current
                equal = now == before && now > 1 ? equal + 1 : 0
                before = now
                try await Task.sleep(for: .milliseconds(100))
                return equal == 10
            }
            let made = (things.count.current - 1) * length
            let taken = try Self.bytesInTheSystem(port)
            #expect(taken > 0 && made - taken < 32_768, "\(made) bytes are made, the system has \(taken)")
            // Else it could be gone, and its connection with it, as soon as all is sent.
            withExtendedLifetime(client) {}
        }
    }

    /// How many bytes the server has sent that no client has received.
    private static func bytesInTheSystem(_ port: Int) throws -> Int {
        let suffix = ":" + String(format: "%04X", port)
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/tcp"))
        var table = Data()
        // The table comes in pieces, and Foundation takes the first short one for all.
        while let piece = try file.read(upToCount: 65_536), !piece.isEmpty { table += piece }
        return String(decoding: table, as: UTF8.self).split(separator: "\n").reduce(0) { sum, line in
            let columns = line.split(separator: " ")
            guard columns.count > 4 else { return sum }
            let queues = columns[4].split(separator: ":").compactMap { Int($0, radix: 16) }
            guard queues.count == 2 else { return sum }
            let sent = columns[1].hasSuffix(suffix) && columns[3] == "01" ? queues[0] : 0
            let come = columns[2].hasSuffix(suffix) ? queues[1] : 0
            return sum + sent + come
        }
    }

    // A response must move, also where no rate is asked for.
    @Test(arguments: ["/big", "/download?count=1000"], ["", ", min_rate: 0"])
    func aClientThatDoesNotReadIsClosed(_ path: String, rate: String) async throws {
        try await with("{ transfer_timeout: 300, idle_timeout: 3000\(rate) }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            try await client.waitForBytes()
            // The server gives up; what is left in between is what the system had taken.
            try await Task.sleep(for: .milliseconds(1500))
            let answer = try await client.receive()
            #expect(answer.utf8.count < 40_000_000)
        }
    }

    @Test func aBodyThatIsTooLargeIsNotReadForEver() async throws {
        try await with("{ request_max_size: 1000 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            let piece = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
            let endless = Task { while try await client.send(piece) { try await Task.sleep(for: .milliseconds(5)) } }
            let answer = try await client.receive()
            endless.cancel()
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func bodiesUnderWayShareABound() async throws {
        try await with("{ request_max_size: 100000, bodies_max_size: 1 }") { port async throws in
            func ask(_ line: String, _ count: Int = 0) async throws -> String {
                let head = "\(line) HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(count)\r\n\r\n"
                return try await Self.exchange(port, head + String(repeating: "x", count: count))
            }
            // One fits, whatever the bound.
            let held = Task { try await ask("POST /held", 100_000) }
            try await waitUntil { try await ask("GET /waiting").hasSuffix("true") }
            let refused = try await ask("POST /size", 50_000)
            #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("\"OVERLOADED\""), "\(refused)")
            #expect(try await ask("POST /size", 16_384).hasSuffix("16384"), "a small one has room of its own")
            #expect(try await ask("POST /open").hasSuffix("true"))
            #expect(try await held.value.hasSuffix("100000"))
            // It lets go soon after its answer.
            try await waitUntil { try await ask("POST /size", 50_000).hasSuffix("50000") }
        }
    }

    @Test func connectionsAreBounded() async throws {
        try await with("{ max_connections: 3 }") { port async throws in
            let held = try (0..<3).map { _ in try RawConnection(port: port) }
            for client in held {
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try await client.receive(until: "hello").hasPrefix("HTTP/1.1 200 "))
            }
            let answer = try await RawConnection(port: port).receive()
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.contains("Retry-After: 1"))
            // One goes, and there is room again.
            try await held[0].send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            try await waitUntil(within: .seconds(30)) { try await Self.isAnswered(port) }
            withExtendedLifetime(held) {}
        }
    }

    @Test func uploadsAndDownloadsFlow() async throws {
        try await with("{ request_max_size: 1000 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n")
            try await client.send([UInt8](repeating: 1, count: 3_000_000))
            #expect(try await client.receive(until: "3000000").hasPrefix("HTTP/1.1 200 "))
            let answer = try await Self.exchange(
                port, "GET /download?count=30 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let body = answer.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
            #expect(body.utf8.count { $0 == UInt8(ascii: "x") } == 3_000_000)
            #expect(answer.contains("chunked"))
            #expect(answer.hasSuffix("0\r\n\r\n"))
        }
    }

    /// The second piece is sent only when the route has the first.
    @Test(arguments: [
        ("Content-Length: 8", "first", "end"),
        ("Transfer-Encoding: chunked", "5\r\nfirst\r\n", "3\r\nend\r\n0\r\n\r\n"),
    ])
    func anUploadIsReadAsItComes(field: String, first: String, second: String) async throws {
        let things = Things()
        try await with("{ transfer_timeout: 600000 }", things) { port async throws in
            let client = try RawConnection(port: port)
            let head = "POST /upload HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(field)\r\n\r\n"
            try await client.send(head + first)
            try await waitUntil { things.sizes.current.reduce(0, +) == 5 }
            try await client.send(second)
            let answer = try await client.receive()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n8"), "\(answer)")
            #expect(things.sizes.current.reduce(0, +) == 8)
        }
    }

    @Test func headTellsTheLengthOfWhatGetAnswers() async throws {
        try await with { port async throws in
            let head = "Host: h\r\nConnection: close\r\n\r\n"
            let answer = try await Self.exchange(port, "HEAD / HTTP/1.1\r\n" + head).lowercased()
            #expect(answer.hasPrefix("http/1.1 200 ") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
            #expect(answer.contains("content-length: 7\r\n"), "\(answer)")
            #expect(answer.components(of: "content-length") == 1)
        }
    }

    @Test func fieldsOfOneNameAreAllSent() async throws {
        try await with { port async throws in
            let head = "Host: h\r\nConnection: close\r\n\r\n"
            let answer = try await Self.exchange(port, "GET /cookies HTTP/1.1\r\n" + head).lowercased()
            let fields = answer.components(separatedBy: "\r\n")
            #expect(fields.filter { $0.hasPrefix("set-cookie:") } == ["set-cookie: a=1", "set-cookie: b=2"])
            // It is in the place of the endpoint's own.
            #expect(fields.filter { $0.hasPrefix("cache-control:") } == ["cache-control: private"])
        }
    }

    /// As long as it reads, however large the answer.
    @Test(arguments: ["/big", "/download?count=400"], ["close", "keep-alive"])
    func aClientThatReadsSlowlyGetsAll(path: String, connection: String) async throws {
        try await with("{ idle_timeout: 500 }") { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: \(connection)\r\n\r\n")
            try await client.waitForBytes()
            try await Task.sleep(for: .seconds(3))
            let answer = try await client.receive()
            #expect(answer.utf8.count > 40_000_000)
        }
    }

    @Test func aClientThatReadsSteadilyIsNotSlow() async throws {
        try await with("{ transfer_timeout: 5000, min_rate: 100 }") { port async throws in
            let client = try RawConnection(port: port, receiveBuffer: 4096)
            try await client.send("GET /download?count=200 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let count = await client.receive(120, ofAtMost: 2000, every: .milliseconds(100))
            #expect(count > 20_000_000)
        }
    }

    @Test(arguments: [true, false])
    func requestsThatDoNotWaitAreAnsweredInTurn(endsItsSide: Bool) async throws {
        try await with { port async throws in
            let sizes = (0..<400).map { $0 == 200 ? 200_000 : $0 * 37 % 3000 }
            let requests = sizes.map { size in
                "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n"
                    + String(repeating: "x", count: size)
            }
            let client = try RawConnection(port: port)
            let end = endsItsSide ? "" : "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            let isSent = Task { [requests] in
                let isSent = try await client.send(requests.joined() + end)
                if endsItsSide { client.end() }
                return isSent
            }
            let answers = try await client.receive()
            #expect(try await isSent.value)
            #expect(answers.matches(of: #/\r\n\r\n(\d+)/#).map { Int($0.1) } == sizes)
            #expect(answers.hasSuffix("\"hello\"") == !endsItsSide)
        }
    }

    @Test func manyRequestsOfSomeLeaveOthersTheirTurn() async throws {
        let things = Things()
        try await withRestServer(things) { _, port in
            let many = String(repeating: "GET /count HTTP/1.1\r\nHost: h\r\n\r\n", count: 1500)
            var clients: [RawConnection] = []
            for _ in 0..<10 {
                let client = try RawConnection(port: port)
                try await client.send(many)
                clients.append(client)
            }
            #expect(try await Self.isAnswered(port))
            #expect(things.count.current < 1500 * 10 / 2)
            for client in clients {
                client.end()
                #expect(try await client.receive().matches(of: #/HTTP.1.1 200/#).count == 1500)
            }
            #expect(things.count.current == 1500 * 10)
        }
    }

    @Test func abrokenDownloadIsCut() async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(port, "GET /broken HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer.contains("part"))
            #expect(!answer.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func aClientThatDoesNotCloseIsClosed() async throws {
        try await with { port async throws in
            let client = try RawConnection(port: port)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(try await client.receive().hasPrefix("HTTP/1.1 200 "))
            // Its own side stays open: what it sends is refused in the end, long before a connection is idle.
            var isTaken = true
            for _ in 0..<2000 where isTaken {
                isTaken = try await client.send("x")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(!isTaken)
        }
    }

    @Test func drainingAnswersWhatIsInFlightAndClosesTheRest() async throws {
        let things = Things()
        try await withRestServer(things) { endpoint, port in
            let (slow, silent, idle, begun) = (
                try RawConnection(port: port), try RawConnection(port: port), try RawConnection(port: port),
                try RawConnection(port: port)
            )
            try await idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await idle.receive(until: "hello").hasPrefix("HTTP/1.1 200 "))
            try await begun.send("GET / HTTP/1.1\r\nHo")
            try await slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            for _ in 0..<4000 where !things.gate.current.waiting { try await Task.sleep(for: .milliseconds(5)) }
            let draining = Task { await endpoint.drain(.empty) }
            for client in [silent, idle, begun] { #expect(try await client.isClosed()) }
            var isRefused = false
            for _ in 0..<4000 where !isRefused {
                isRefused = (try? RawConnection(port: port)) == nil
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(isRefused)
            things.gate.withLock { $0.isOpen = true }
            let answer = try await slow.receive()
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.hasSuffix(#""done""#))
            #expect(answer.lowercased().contains("connection: close"))
            await draining.value
        }
    }

    @Test("Requests in flight get 503 when draining is cancelled")
    func cancelledDrainAnswers503() async throws {
        let things = Things()
        try await withRestServer(things) { endpoint, port in
            let slow = try RawConnection(port: port)
            try await slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            try await waitUntil(within: .seconds(30)) { things.gate.current.waiting }
            let draining = Task { await endpoint.drain(.empty) }
            draining.cancel()
            #expect(try await slow.receive().hasPrefix("HTTP/1.1 503 "))
            things.gate.withLock { $0.isOpen = true }
            await draining.value
            // Closing waits for the end of what was cancelled.
            try await endpoint.close(.empty)
        }
    }

    @Test func theClientsAddressIsKnown() async throws {
        try await with { port async throws in
            let answer = try await Self.exchange(
                port, "GET /peer HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(answer.contains(#""127.0.0.1""#))
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
#endif
