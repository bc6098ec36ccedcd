#if PIP_HTTP
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// HTTP/1.1 and HTTP/1.0 on the wire, as RFC 9110 and RFC 9112 require.
@Suite struct HTTPConformanceTests {
    final class Things: RestController {
        let rest = RestHost()
        let isReading = Locked(false)
        var routes: [RestRoute] {
            RestRoute(.get, "/", response: { _, _ in .text("hello") })
            RestRoute(.get, "/café", response: { _, _ in .text("coffee") })
            RestRoute(.post, "/size") { [isReading] _, request in
                isReading.withLock { $0 = true }
                return try await request.body.bytes().count
            }
            RestRoute(.post, "/signed") { (_, _) -> String? in throw ApplicationError.unauthorized(code: "X", "x") }
            RestRoute(.get, "/closing", response: { _, _ in RestResponse(headers: [("Connection", "close")]) })
            // As a handler returns it that passes on what another server said.
            RestRoute(
                .get, "/made/:status",
                response: { _, request in
                    let fields = HeaderFields(request.query.parameters.map { (name: $0.name, value: $0.value) })
                    return RestResponse(
                        status: Int(try request.parameter("status")) ?? 0, headers: fields, body: Array("hello".utf8))
                })
            // More than the system buffers.
            RestRoute(.get, "/big", response: { _, _ in RestResponse(body: [UInt8](repeating: 97, count: 20_000_000)) })
            RestRoute(
                .get, "/bigstream",
                response: { _, _ in
                    .stream { send in
                        for _ in 0..<20 { try await send([UInt8](repeating: 97, count: 1_000_000)) }
                    }
                })
            RestRoute(
                .get, "/stated/:length",
                response: { _, request in
                    .stream(headers: [("Content-Length", try request.parameter("length"))]) { send in
                        try await send(Array("hel".utf8))
                        try await send(Array("lo".utf8))
                    }
                })
            RestRoute(
                .get, "/stream",
                response: { _, _ in
                    .stream { send in
                        try await send(Array("ab".utf8))
                        try await send(Array("cd".utf8))
                    }
                })
        }
    }

    private func with(
        _ options: String = "{}", _ things: Things = Things(),
        _ body: @escaping @Sendable (RawConnection) async throws -> Void
    ) async throws {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
              options: \(options)
            - descriptor: pip-services:heartbeat-controller:http:default:1.0
            - descriptor: test:controller:rest:default:1.0
            """
        try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { things }]) {
            let port = try $0.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self).port ?? 0
            try await body(try RawConnection(port: port))
        }
    }

    private static let last = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    private static func count(_ answer: String, _ status: Int) -> Int { count("HTTP/1.1 \(status) ", in: answer) }

    private static func count(_ part: String, in answer: String) -> Int {
        answer.split(separator: part, omittingEmptySubsequences: false).count - 1
    }

    // MARK: - Connection

    @Test(
        "Each form of Connection: close closes the connection, and the response announces it",
        arguments: [
            "Connection: close", "Connection: Close", "Connection: close, TE", "Connection: TE,\tCLOSE ",
            "Connection: TE\r\nConnection: close", "Connection: keep-alive, close",
        ])
    func formsOfClose(_ fields: String) async throws {
        try await with { client async throws in
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("hello"), "\(answer)")
            #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    @Test("Another connection option does not close an HTTP/1.1 connection", arguments: ["TE", "closed", "keep-alive"])
    func otherOptions(_ option: String) async throws {
        try await with { client async throws in
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: \(option)\r\n\r\n")
            let answer = try await client.receive(until: "hello")
            #expect(!answer.contains("Connection: close"), "\(answer)")
            try await client.send(Self.last)
            #expect(try await client.receiveAll().hasSuffix("hello"))
        }
    }

    @Test("A response with Connection: close closes the connection")
    func serviceCloses() async throws {
        try await with { client async throws in
            try await client.send("GET /closing HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    // MARK: - HTTP/1.0

    @Test(
        "An HTTP/1.0 connection is closed after a response without chunks",
        arguments: [("/", "hello"), ("/stream", "abcd")])
    func closedHTTP10(path: String, body: String) async throws {
        try await with { client async throws in
            try await client.send("GET \(path) HTTP/1.0\r\nHost: h\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n\(body)"), "\(answer)")
            #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
            #expect(!answer.lowercased().contains("transfer-encoding"), "\(answer)")
        }
    }

    @Test("An HTTP/1.0 connection stays open if both agree, and a streamed body ends with it")
    func keptHTTP10() async throws {
        try await with { client async throws in
            for _ in 0..<2 {
                try await client.send("GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n")
                let answer = try await client.receive(until: "hello")
                #expect(answer.contains("\r\nConnection: keep-alive\r\n"), "\(answer)")
                #expect(answer.lowercased().contains("\r\ncontent-length: 5\r\n"), "\(answer)")
            }
            try await client.send("GET /stream HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasSuffix("\r\n\r\nabcd"), "\(answer)")
            #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    @Test("HTTP/1.0 requests need no host, as in load balancer probes")
    func hostOfHTTP10() async throws {
        try await with { client async throws in
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("An HTTP/1.0 body with a transfer coding ends its connection")
    func codingOfHTTP10() async throws {
        try await with { client async throws in
            try await client.send(
                "POST /size HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "0\r\n\r\n" + Self.last)
            let answer = try await client.receiveAll()
            #expect(
                Self.count("HTTP/1.1 ", in: answer) == 1 && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    // MARK: - Broken bodies

    @Test(
        "A truncated or malformed body gets one response, and the connection closes without a reset",
        arguments: ["/unknown", "/", "/size"],
        [
            ("Content-Length: 10", "abc"), ("Transfer-Encoding: chunked", "5\r\nab"),
            ("Transfer-Encoding: chunked", "zz\r\n"), ("Transfer-Encoding: chunked", "1\r\na\r\nzz\r\n"),
        ])
    func brokenBodies(path: String, body: (field: String, content: String)) async throws {
        for isFirst in [true, false] {
            try await with { client async throws in
                let before = isFirst ? "" : "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
                try await client.send(
                    before + "POST \(path) HTTP/1.1\r\nHost: h\r\n\(body.field)\r\n\r\n\(body.content)")
                client.end()
                let answer = try await client.receiveAll()
                #expect(Self.count("HTTP/1.1 ", in: answer) == (isFirst ? 1 : 2), "\(answer)")
                #expect(answer.contains("HTTP/1.1 4"), "\(answer)")
            }
        }
    }

    @Test("Bytes after a malformed body or the last request do not reset the connection")
    func lateBytes() async throws {
        let requests = [
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GARBAGE\r\n\r\n",
            "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ]
        for request in requests {
            try await with { client async throws in
                try await client.send(request)
                try await client.waitForBytes()
                // The client has not read the response, and a reset would take it away.
                for _ in 0..<20 { #expect(try await client.send(String(repeating: "x", count: 2000)), "\(request)") }
                let answer = try await client.receiveAll()
                #expect(Self.count("HTTP/1.1 ", in: answer) == 1, "\(answer)")
            }
        }
    }

    @Test(
        "A client that closed its output receives a large response completely",
        arguments: ["keep-alive", "close"], ["/big", "/bigstream"])
    func largeResponseAfterHalfClose(connection: String, path: String) async throws {
        try await with { client async throws in
            try await client.send("GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: \(connection)\r\n\r\n")
            client.end()
            let count = await client.receive(20, ofAtMost: 65_536, every: .milliseconds(5))
            #expect(count > 20_000_000)
        }
    }

    // MARK: - What handlers return

    @Test(
        "An invalid status becomes 500, and the next request is answered",
        arguments: [-1, 0, 100, 101, 199, 600, 99999])
    func badStatus(status: Int) async throws {
        try await with { client async throws in
            try await client.send("GET /made/\(status) HTTP/1.1\r\nHost: h\r\n\r\n" + Self.last)
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 500 ") && answer.contains("BAD_STATUS"), "\(answer)")
            #expect(Self.count("HTTP/1.1 ", in: answer) == 2 && answer.hasSuffix("hello"), "\(answer)")
        }
    }

    @Test("A response without content has no body, whatever its handler returns", arguments: [204, 205, 304])
    func noContent(status: Int) async throws {
        try await with { client async throws in
            try await client.send("GET /made/\(status)?Content-Type=text/plain HTTP/1.1\r\nHost: h\r\n\r\n" + Self.last)
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && Self.count("hello", in: answer) == 1, "\(answer)")
        }
    }

    @Test(
        "A response has the length of its body, whatever its handler declares",
        arguments: ["Content-Length=3", "Content-Length=9", "Content-Length=x", "content-length=5&Content-Length=7"])
    func statedLength(fields: String) async throws {
        try await with { client async throws in
            try await client.send("GET /made/200?\(fields) HTTP/1.1\r\nHost: h\r\n\r\n" + Self.last)
            let answer = try await client.receiveAll()
            #expect(Self.count("content-length: 5\r\n", in: answer.lowercased()) == 2, "\(answer)")
            #expect(Self.count("content-length", in: answer.lowercased()) == 2, "\(answer)")
        }
    }

    @Test("A stream has its declared length, or its connection is closed", arguments: ["3", "9", "5", "x"])
    func lengthOfStream(length: String) async throws {
        try await with { client async throws in
            try await client.send("GET /stated/\(length) HTTP/1.1\r\nHost: h\r\n\r\n" + Self.last)
            let answer = try await client.receive()
            let isKept = length == "5" || length == "x"
            #expect(Self.count("HTTP/1.1 ", in: answer) == (isKept ? 2 : 1), "\(answer)")
            if length == "3" { #expect(answer.hasSuffix("\r\n\r\nhel"), "\(answer)") }
            if length == "x" { #expect(answer.contains("chunked"), "\(answer)") }
        }
    }

    // MARK: - Expect

    @Test("100 Continue is sent when the body is read")
    func continues() async throws {
        try await with { client async throws in
            for expectation in ["100-continue", "100-Continue"] {
                try await client.send(
                    "POST /size HTTP/1.1\r\nHost: h\r\nExpect: \(expectation)\r\nContent-Length: 5\r\n\r\n")
                #expect(try await client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send("hello")
                let answer = try await client.receive(until: "\r\n\r\n5")
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && !answer.contains("Connection: close"), "\(answer)")
            }
        }
    }

    @Test(
        "A client that expects 100-continue gets a final status at once if its body is not read",
        arguments: [
            ("POST /size", "Content-Length: 2000", 413), ("POST /signed", "Content-Length: 5", 401),
            ("POST /unknown", "Transfer-Encoding: chunked", 404), ("PUT /size", "Content-Length: 5", 405),
        ])
    func finalStatus(line: String, length: String, status: Int) async throws {
        try await with("{ request_max_size: 1000 }") { client async throws in
            try await client.send("\(line) HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\(length)\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            // Whether the body or another request follows is unknown.
            #expect(answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    @Test("An unsupported expectation gets 417", arguments: ["200-ok", "100-continue, x", "100-continue\r\nExpect: y"])
    func otherExpectations(_ expectation: String) async throws {
        try await with { client async throws in
            try await client.send(
                "POST /size HTTP/1.1\r\nHost: h\r\nExpect: \(expectation)\r\nContent-Length: 5\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 417 ") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
        }
    }

    @Test("An HTTP/1.0 client never gets 100 Continue")
    func noContinueForHTTP10() async throws {
        let things = Things()
        try await with("{}", things) { client async throws in
            try await client.send("POST /size HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            try await waitUntil { things.isReading.current }
            try await client.send("hello")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n5"), "\(answer)")
        }
    }

    // MARK: - Upgrade and CONNECT

    @Test(
        "An unsupported upgrade is ignored, and the connection continues",
        arguments: [
            "Connection: Upgrade\r\nUpgrade: h2c",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            "connection: keep-alive, upgrade\r\nupgrade: websocket\r\nSec-WebSocket-Version: 13", "Upgrade: h2c",
        ], [true, false])
    func upgrades(_ fields: String, isPipelined: Bool) async throws {
        try await with { client async throws in
            let requests = [
                "GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n",
                "POST /size HTTP/1.1\r\nHost: h\r\n\(fields)\r\nContent-Length: 4\r\n\r\nbody",
                "POST /size HTTP/1.1\r\nHost: h\r\n\(fields)\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            ]
            if isPipelined {
                try await client.send(requests.joined() + Self.last)
            } else {
                for (request, end) in zip(requests, ["hello", "\r\n\r\n4", "\r\n\r\n2"]) {
                    try await client.send(request)
                    #expect(try await client.receive(until: end).hasPrefix("HTTP/1.1 200 "))
                }
                try await client.send(Self.last)
            }
            let answers = try await client.receiveAll()
            #expect(Self.count(answers, 200) == (isPipelined ? 4 : 1), "\(answers)")
            #expect(answers.hasSuffix("hello"))
        }
    }

    @Test("CONNECT is rejected and the connection closed, however many bytes follow")
    func connect() async throws {
        try await with { client async throws in
            try await client.send("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n")
            let answer = try await client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 501 ") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
            // Until the server closes.
            let piece = [UInt8](repeating: 0x16, count: 100_000)
            var isTaken = true
            for _ in 0..<2000 where isTaken {
                isTaken = try await client.send(piece)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(!isTaken)
        }
    }

    // MARK: - HEAD, OPTIONS and paths

    @Test("HEAD of a streamed response has neither length nor body, and the next request is answered")
    func headOfStream() async throws {
        try await with { client async throws in
            try await client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
            #expect(!answer.lowercased().contains("content-length"), "\(answer)")
            try await client.send(Self.last)
            let next = try await client.receiveAll()
            #expect(next.hasPrefix("HTTP/1.1 200 ") && next.hasSuffix("hello"), "\(next)")
        }
    }

    @Test("OPTIONS * lists the server's methods, and other methods can't use that target")
    func optionsOfServer() async throws {
        try await with { client async throws in
            try await client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204 "), "\(answer)")
            #expect(answer.contains("\r\nAllow: GET, HEAD, OPTIONS, POST\r\n"), "\(answer)")
            try await client.send("GET * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test(
        "Paths are matched in decoded form",
        arguments: [
            ("/heartbea%74", 200), ("/%68eartbeat", 200), ("/caf%C3%A9", 200), ("/%63af%c3%a9", 200),
            ("/caf%25C3%25A9", 404), ("/x/../heartbeat", 404), ("/x/%2e%2E/heartbeat", 404), ("/heartbeat%00", 404),
            ("/%2Fheartbeat", 404),
        ])
    func decodedPaths(path: String, status: Int) async throws {
        try await with { client async throws in
            try await client.send("GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let answer = try await client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        }
    }
}
#endif
