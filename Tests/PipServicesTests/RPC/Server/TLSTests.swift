#if PIP_HTTP
import Foundation
import NIOSSL
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// HTTPS and HTTP/2, as clients see them that nobody here wrote.
@Suite struct TLSTests {
    final class Things: RestController {
        let rest = RestHost()
        let gate = Locked(Gate())
        struct Gate: Sendable {
            var isReached = false
            var isOpen = false
            var hasBegun = false
        }
        var routes: [RestRoute] {
            RestRoute(.get, "/") { _, request in [request.isSecure ? "secure" : "plain", request.remoteAddress ?? ""] }
            RestRoute(.post, "/size") { _, request in try await request.body.bytes().count }
            RestRoute(.get, "/text") { _, _ in String(repeating: "y", count: 5000) }
            RestRoute(
                .get, "/big",
                response: { _, _ in RestResponse(body: [UInt8](repeating: UInt8(ascii: "y"), count: 200_000)) })
            RestRoute(
                .get, "/fit",
                response: { _, _ in RestResponse(body: [UInt8](repeating: UInt8(ascii: "y"), count: 5000)) })
            // As a handler returns it that passes on what another server said.
            RestRoute(
                .get, "/made/:status",
                response: { _, request in
                    let fields = ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Content-Length"]
                    return RestResponse(
                        status: Int(try request.parameter("status")) ?? 0,
                        headers: HeaderFields(fields.map { ($0, "close") }),
                        body: Array("hello".utf8))
                })
            RestRoute(.get, "/open") { [gate] _, _ in
                gate.withLock { $0.isOpen = true }
                return true
            }
            RestRoute(
                .get, "/begun",
                response: { [gate] _, _ in
                    .stream { writer in
                        try await writer(Array("begin".utf8))
                        gate.withLock { $0.hasBegun = true }
                        try await waitUntil { gate.current.isOpen }
                    }
                })
            RestRoute(.get, "/slow") { [gate] _, _ in
                gate.withLock { $0.isReached = true }
                try await waitUntil { gate.current.isOpen }
                return "done"
            }
        }
    }

    /// An authority, a certificate of the server and one of a client.
    private static func certificates(in folder: String) async throws {
        func run(_ line: String) async throws {
            _ = try await Program.run("openssl", line.split(separator: " ").map(String.init), in: folder)
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try await run("req -x509 \(key) -keyout ca.key -out ca.crt -days 2 -subj /CN=ca")
        try Data("subjectAltName=IP:127.0.0.1,DNS:localhost".utf8).write(to: URL(fileURLWithPath: folder + "/san"))
        for name in ["server", "client"] {
            try await run("req \(key) -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
            try await run(
                "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out \(name).crt"
            )
        }
    }

    private static func yaml(_ folder: String, _ more: String = "", _ options: String = "{}") -> String {
        """
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { protocol: https, host: 127.0.0.1, port: 0 }
          credential:
            { ssl_key_file: \(folder)/server.key, ssl_crt_file: \(folder)/server.crt\(more.replacing("FOLDER", with: folder)) }
          options: \(options)
        - descriptor: test:controller:rest:default:1.0
        """
    }

    private func with(
        _ more: String = "", _ options: String = "{}", _ things: Things = Things(), clock: VirtualClock? = nil,
        _ body: @escaping @Sendable (_ port: Int, _ folder: String) async throws -> Void
    ) async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let yaml = Self.yaml(folder, more, options)
            try await withContainer(
                yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { things }], clock: clock
            ) {
                let endpoint = try $0.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
                #expect(endpoint.address?.hasPrefix("https://") == true)
                try await body(endpoint.port ?? 0, folder)
            }
        }
    }

    private func curl(_ port: Int, _ folder: String, _ arguments: [String], path: String = "/") async throws -> String {
        try await Program.run(
            "curl",
            ["-sS", "--noproxy", "*", "--max-time", "120", "--cacert", "ca.crt", "-w", " %{http_version} %{http_code}"]
                + arguments + ["https://127.0.0.1:\(port)\(path)"], in: folder)
    }

    @Test func bothVersionsAreSpoken() async throws {
        try await with { port, folder async throws in
            #expect(try await curl(port, folder, ["--http1.1"]) == #"["secure","127.0.0.1"] 1.1 200"#)
            #expect(try await curl(port, folder, ["--http2"]) == #"["secure","127.0.0.1"] 2 200"#)
            #expect(try await curl(port, folder, ["--http2", "--head"]).contains("content-length: 22"))
            let text = try await curl(port, folder, ["--http2", "--compressed", "-D", "header"], path: "/text")
            #expect(text == "\"\(String(repeating: "y", count: 5000))\" 2 200")
            let header = try String(contentsOf: URL(filePath: folder + "/header"), encoding: .utf8)
            #expect(header.contains("content-encoding: gzip"))
            try Data(repeating: 65, count: 500_000).write(to: URL(fileURLWithPath: folder + "/body"))
            let answer = try await curl(port, folder, ["--http2", "--data-binary", "@body"], path: "/size")
            #expect(answer == "500000 2 200")
            await #expect(throws: Program.Failure.self) {
                _ = try await curl(port, folder, ["--tls-max", "1.1"])
            }
        }
    }

    @Test("An HTTP/2 response has no connection fields, and no content if its status has none")
    func responsesOfHTTP2() async throws {
        try await with { port, folder async throws in
            for (status, body) in [(200, "hello"), (204, ""), (205, ""), (304, "")] {
                let answer = try await curl(port, folder, ["--http2"], path: "/made/\(status)")
                #expect(answer == "\(body) 2 \(status)")
            }
            #expect(try await curl(port, folder, ["--http2"], path: "/made/101").hasSuffix(" 2 500"))
        }
    }

    @Test("HTTP/2 methods are case-sensitive", arguments: ["get", "Get"])
    func lettersOfMethods(method: String) async throws {
        try await with { port, folder async throws in
            #expect(try await curl(port, folder, ["--http2", "-X", method]).hasSuffix(" 2 405"))
        }
    }

    @Test func clientsMayHaveToShowACertificate() async throws {
        try await with(", ssl_ca_file: FOLDER/ca.crt", "{ client_certificate: true }") { port, folder async throws in
            let certificate = ["--cert", "client.crt", "--key", "client.key"]
            #expect(try await curl(port, folder, certificate).hasSuffix(" 200"))
            await #expect(throws: Program.Failure.self) { _ = try await curl(port, folder, []) }
        }
    }

    // MARK: - Renewal

    /// Renews all certificates, and moves those of a file into place at once.
    private static func renew(_ folder: String, _ names: [String]) async throws {
        try await Program.withFolder { new in
            try await certificates(in: new)
            for name in names {
                try Data(contentsOf: URL(filePath: "\(new)/\(name)"))
                    .write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
            }
        }
    }

    @Test("New connections get a renewed certificate without a restart")
    func renewedCertificatesAreServed() async throws {
        let clock = VirtualClock()
        try await with(clock: clock) { port, folder async throws in
            #expect(try await curl(port, folder, []).hasSuffix(" 200"))
            try await Self.renew(folder, ["ca.crt", "server.crt", "server.key"])
            // The client trusts the new authority only.
            await #expect(throws: Program.Failure.self) { _ = try await curl(port, folder, []) }
            try await waitUntil(within: .seconds(60)) {
                clock.advance(by: RenewableTLS.interval)
                return (try? await curl(port, folder, []))?.hasSuffix(" 200") == true
            }
        }
    }

    @Test("A client certificate is verified with a renewed CA file")
    func renewedAuthoritiesOfClientsCount() async throws {
        let clock = VirtualClock()
        try await with(", ssl_ca_file: FOLDER/ca.crt", "{ client_certificate: true }", clock: clock) {
            port, folder async throws in
            let certificate = ["--cert", "client.crt", "--key", "client.key"]
            #expect(try await curl(port, folder, certificate).hasSuffix(" 200"))
            try await Self.renew(folder, ["ca.crt", "server.crt", "server.key", "client.crt", "client.key"])
            try await waitUntil(within: .seconds(60)) {
                clock.advance(by: RenewableTLS.interval)
                return (try? await curl(port, folder, certificate))?.hasSuffix(" 200") == true
            }
        }
    }

    @Test("A broken new certificate is logged once, and the old one stays in use")
    func brokenCertificatesAreNotUsed() async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let config: ConfigParams = ["ssl_key_file": "\(folder)/server.key", "ssl_crt_file": "\(folder)/server.crt"]
            let tls = try RenewableTLS(HTTPServerTLS(config, requiresClient: false, .empty))
            let (first, logger) = (tls.context, RecordingLogger())
            func levels() -> [LogLevel] { logger.messages.map(\.level) }
            tls.look(logger)
            #expect(levels().isEmpty && tls.context === first)
            // The key of another certificate: perhaps the certificate is on its way.
            try await Self.renew(folder, ["server.key"])
            tls.look(logger)
            #expect(levels().isEmpty)
            for _ in 0..<3 { tls.look(logger) }
            #expect(levels() == [.error] && tls.context === first)
            #expect(logger.messages.first?.error?.contains("server.key") == true)
            try FileManager.default.removeItem(atPath: "\(folder)/server.crt")
            for _ in 0..<3 { tls.look(logger) }
            #expect(levels() == [.error, .error] && tls.context === first)
            try await Self.renew(folder, ["server.key", "server.crt"])
            for _ in 0..<3 { tls.look(logger) }
            #expect(levels() == [.error, .error, .info] && tls.context !== first)
        }
    }

    #if PIP_CURL
    @Test("A client uses a renewed CA file without a restart, and ignores a broken one")
    func renewedAuthoritiesOfServersCount() async throws {
        try await with { port, folder async throws in
            let (clock, logger, connector) = (VirtualClock(), RecordingLogger(), CurlConnector())
            try await assemble(
                connector,
                references: ["test:clock:virtual:default:1.0": clock, "test:logger:recording:default:1.0": logger])
            let file = "\(folder)/trusted.crt"
            func write(_ bytes: Data) throws {
                try bytes.write(to: URL(filePath: file), options: .atomic)
                clock.advance(by: CurlAuthorities.interval)
            }
            func status() async throws -> Int {
                var request = HTTPClientRequest(.get, "https://127.0.0.1:\(port)/", timeout: .seconds(60))
                request.transport.caFile = file
                return try await connector.send(.empty, request).status
            }
            func levels() -> [LogLevel] { logger.messages.map(\.level).filter { $0 <= .info } }
            let trusted = try Data(contentsOf: URL(filePath: "\(folder)/ca.crt"))
            try write(trusted)
            #expect(try await status() == 200)
            try write(trusted.dropLast(100))
            #expect(try await status() == 200 && levels() == [.error])
            clock.advance(by: CurlAuthorities.interval)
            #expect(try await status() == 200 && levels() == [.error])
            let other = try await Program.withFolder { folder in
                try await Self.certificates(in: folder)
                return try Data(contentsOf: URL(filePath: "\(folder)/ca.crt"))
            }
            try write(other)
            // Neither an idle connection nor a TLS session of before is used.
            let error = await #expect(throws: ApplicationError.self) { try await status() }
            #expect(error?.code == HTTPFailure.tlsFailed && levels() == [.error, .info])
            try write(trusted)
            #expect(try await status() == 200)
            try await connector.close(.empty)
        }
    }

    @Test("A CA file must contain complete certificates")
    func certificatesAreRecognised() {
        let good = "text\n-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQE=\r\n-----END CERTIFICATE-----\n"
        for text in [good, good + good, good.trimmed] { #expect(CredentialFiles.isPEM(Array(text.utf8)), "\(text)") }
        for text in [
            "", "text", String(good.prefix(50)), good + "-----BEGIN CERTIFICATE-----\nMAMC\n",
            good.replacing("MAMC", with: "QUJD"),
            good.replacing("MAMC", with: "M?MC"), "-----END CERTIFICATE-----",
        ] { #expect(!CredentialFiles.isPEM(Array(text.utf8)), "\(text)") }
    }
    #endif

    @Test func aSilentHandshakeIsClosed() async throws {
        try await with("", "{ header_timeout: 3000 }") { port, folder async throws in
            #expect(try await RawConnection(port: port).isClosed())
            #expect(try await curl(port, folder, []).hasSuffix(" 200"))
        }
    }

    /// Runs a client of HTTP/2 in Python that has `link`, a connection; `frame`, which makes frames; and `frames`, which
    /// gives kind, flags, stream and data of those that come, until the connection ends. The preface and its settings
    /// are sent. Gives what it prints.
    private func python(_ port: Int, _ folder: String, _ script: String) async throws -> String {
        let text = """
            import socket, ssl, struct
            context = ssl.create_default_context(cafile="ca.crt")
            context.set_alpn_protocols(["h2"])
            plain = socket.create_connection(("127.0.0.1", \(port)), timeout=120)
            link = context.wrap_socket(plain, server_hostname="localhost")
            def frame(kind, flags, stream, data):
                return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + data
            def header(method, path):
                return method + path + b"\\x87\\x41\\x09localhost"
            get = header(b"\\x82", b"\\x84")
            def frames():
                data = b""
                while True:
                    while len(data) < 9 or len(data) < 9 + int.from_bytes(data[:3], "big"):
                        try:
                            piece = link.recv(65536)
                        except TimeoutError:
                            raise
                        except OSError:
                            return
                        if not piece: return
                        data += piece
                    end = 9 + int.from_bytes(data[:3], "big")
                    yield data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end]
                    data = data[end:]
            def is_closed():
                try:
                    while link.recv(65536): pass
                    return True
                except TimeoutError:
                    return False
                except (OSError, ssl.SSLError):
                    return True
            link.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + frame(4, 0, 0, b""))

            """
        let file = "client-\(UUID().uuidString).py"
        try Data((text + script).utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        return try await Program.run("python3", [file], in: folder).trimmed
    }

    @Test(arguments: [
        // Streams that are reset at once.
        """
        try:
            for stream in range(1, 40001, 2):
                link.sendall(frame(1, 5, stream, get) + frame(3, 0, stream, struct.pack(">I", 8)))
        except (OSError, ssl.SSLError):
            pass
        print(is_closed())
        """,
        // A header that never ends.
        """
        link.sendall(frame(1, 1, 1, get))
        try:
            for _ in range(100000):
                link.sendall(frame(9, 0, 1, b"\\x00\\x01a\\x01b" * 100))
        except (OSError, ssl.SSLError):
            pass
        print(is_closed())
        """,
        // Pings and settings without end, none of whose answers are read.
        """
        try:
            for _ in range(100000):
                link.sendall(frame(6, 0, 0, b"12345678") * 10 + frame(4, 0, 0, b""))
        except (OSError, ssl.SSLError):
            pass
        print(is_closed())
        """,
    ])
    func floodsAreStoppedAndOthersAreAnswered(_ script: String) async throws {
        try await with { port, folder async throws in
            let flood = Task { try await python(port, folder, script) }
            // Others are answered in the meantime.
            for _ in 0..<3 { #expect(try await curl(port, folder, ["--http2"]).hasSuffix(" 2 200")) }
            #expect(try await flood.value == "True", "the server closed the connection")
            #expect(try await curl(port, folder, ["--http2"]).hasSuffix(" 2 200"))
        }
    }

    /// libcurl resets each stream that was answered.
    @Test func aConnectionOfHTTP2CarriesManyRequests() async throws {
        try await with { port, folder async throws in
            let printed = try await Program.run(
                "curl",
                ["-sS", "--noproxy", "*", "--max-time", "120", "--cacert", "ca.crt", "--http2", "-o", "body"]
                    + ["-w", "%{http_code} %{num_connects}\n", "https://127.0.0.1:\(port)/?n=[1-1200]"], in: folder)
            let lines = printed.trimmed.parts(separatedBy: "\n")
            #expect(lines.count == 1200)
            #expect(lines.first == "200 1" && lines.dropFirst().allSatisfy { $0 == "200 0" }, "\(printed)")
        }
    }

    @Test func anErrorOfAStreamLeavesTheOthersAlone() async throws {
        try await with { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x05/slow")))
                # Without a path.
                link.sendall(frame(1, 5, 3, header(b"\\x82", b"")))
                came = frames()
                print(any(kind == 3 and stream == 3 for kind, _, stream, _ in came))
                link.sendall(frame(1, 5, 5, header(b"\\x82", b"\\x44\\x05/open")))
                print(any(kind == 0 and stream == 1 and b"done" in data for kind, _, stream, data in came))
                """)
            #expect(printed == "True\nTrue")
        }
    }

    @Test func anErrorOfAConnectionEndsIt() async throws {
        try await with("", "{ header_timeout: 60000 }") { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                # It ends long before the time for the first header.
                link.settimeout(10)
                # Data of the connection itself.
                link.sendall(frame(0, 0, 0, b"x"))
                print([kind for kind, _, _, _ in frames()][-1])
                print(is_closed())
                """)
            #expect(printed == "7\nTrue")
        }
    }

    @Test func aSlowBodyOfAStreamGets408AndTheConnectionStays() async throws {
        try await with("", "{ transfer_timeout: 300 }") { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                link.sendall(frame(1, 4, 1, header(b"\\x83", b"\\x44\\x05/size")))
                link.sendall(frame(0, 0, 1, b"x"))
                def read_header():
                    data = b""
                    while True:
                        piece = link.recv(65536)
                        if not piece: return b""
                        data += piece
                        while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
                            size = 9 + int.from_bytes(data[:3], "big")
                            if data[3] == 1: return data[9:size]
                            data = data[size:]
                refusal = read_header()
                # As it is, or in Huffman's code; 200 stands in the table that all know.
                print(b"408" in refusal or b"\\x68\\x0f\\x7f" in refusal)
                link.sendall(frame(1, 5, 3, get))
                print(read_header()[:1] == b"\\x88")
                """)
            #expect(printed == "True\nTrue")
        }
    }

    /// Also when the connection takes all of the answer at once.
    @Test(arguments: ["/big", "/fit"])
    func aStreamThatIsNotReadIsResetAndTheConnectionStays(_ path: String) async throws {
        try await with("", "{ transfer_timeout: 300 }") { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                # A stream has room for 1000 bytes and gets no more; that of the connection is enough for both streams.
                link.sendall(frame(4, 0, 0, struct.pack(">HI", 4, 1000)))
                link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x04\(path)")))
                came = frames()
                print(any(kind == 3 and stream == 1 for kind, _, stream, _ in came))
                link.sendall(frame(1, 5, 3, get))
                print(any(kind == 0 and stream == 3 for kind, _, stream, _ in came))
                """)
            #expect(printed == "True\nTrue")
        }
    }

    /// As slowly as it likes: what a stream gets rid of is counted piece by piece, also of an answer that is written at
    /// once.
    @Test func aStreamThatIsReadSteadilyIsNotSlow() async throws {
        try await with("", "{ transfer_timeout: 5000 }") { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                import time
                link.sendall(frame(4, 0, 0, struct.pack(">HI", 4, 2000)))
                link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x04/big")))
                count = 0
                for kind, flags, stream, data in frames():
                    if kind == 0 and data:
                        count += len(data)
                        time.sleep(0.06)
                        more = struct.pack(">I", len(data))
                        link.sendall(frame(8, 0, 0, more) + frame(8, 0, stream, more))
                    # Its end; that it is reset; that the connection ends.
                    if kind == 0 and flags & 1 or kind in (3, 7): break
                print(count)
                """)
            #expect(printed == "200000")
        }
    }

    @Test(arguments: ["", "link.sendall(frame(1, 5, 1, get))"])
    func aSilentConnectionOfHTTP2IsClosed(_ first: String) async throws {
        try await with("", "{ header_timeout: 3000, idle_timeout: 300 }") { port, folder async throws in
            // It never agrees that the connection ends.
            #expect(try await python(port, folder, "\(first)\nprint(is_closed())") == "True")
        }
    }

    @Test("An HTTP/2 stream may take longer than the time for the first header")
    func slowStreamIsAnswered() async throws {
        let things = Things()
        try await with("", "{ header_timeout: 3000 }", things) { port, folder async throws in
            let client = Task {
                try await python(
                    port, folder,
                    """
                    link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x05/slow")))
                    print(any(kind == 0 and b"done" in data for kind, _, _, data in frames()))
                    """)
            }
            try await waitUntil { things.gate.current.isReached }
            // Longer than that time.
            try await Task.sleep(for: .seconds(4))
            things.gate.withLock { $0.isOpen = true }
            #expect(try await client.value == "True")
        }
    }

    /// Runs a client of HTTP/1.1 in Python that has `link`, a connection, and prints what the script prints.
    private func pythonHTTP1(_ port: Int, _ folder: String, _ script: String) async throws -> String {
        let text = """
            import select, socket, ssl, time
            context = ssl.create_default_context(cafile="ca.crt")
            context.set_alpn_protocols(["http/1.1"])
            plain = socket.create_connection(("127.0.0.1", \(port)), timeout=120)
            link = context.wrap_socket(plain, server_hostname="localhost")
            def read_all():
                data = b""
                while True:
                    try:
                        piece = link.recv(65536)
                    except (ConnectionError, ssl.SSLError):
                        return data
                    if not piece: return data
                    data += piece

            # On one thread, since two can't use a connection of Python's ssl at once.
            def exchange(sent):
                link.setblocking(False)
                received = b""
                while True:
                    full = False
                    try:
                        piece = link.recv(65536)
                        if not piece: return received
                        received += piece
                        continue
                    except ssl.SSLWantReadError:
                        pass
                    try:
                        sent = sent[link.send(sent[:16384]):] if sent else sent
                    except ssl.SSLWantWriteError:
                        full = True
                    if full or not sent: select.select([link], [link] if full else [], [], 120)

            """
        let file = "client-\(UUID().uuidString).py"
        try Data((text + script).utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        return try await Program.run("python3", [file], in: folder).trimmed
    }

    @Test("Pipelined HTTP/1.1 requests over TLS are answered in order")
    func pipelinedRequests() async throws {
        try await with { port, folder async throws in
            let printed = try await pythonHTTP1(
                port, folder,
                """
                sizes = [60000 if i == 100 else i * 37 % 3000 for i in range(200)]
                def post(size):
                    return b"POST /size HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: %d\\r\\n\\r\\n" % size + b"x" * size
                last = b"GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n"
                answers = exchange(b"".join(map(post, sizes)) + last).split(b"HTTP/1.1 200 OK\\r\\n")[1:]
                print([int(answer.split(b"\\r\\n\\r\\n")[1]) for answer in answers[:-1]] == sizes)
                print(b"secure" in answers[-1])
                """)
            #expect(printed == "True\nTrue")
        }
    }

    @Test("An unsupported upgrade over TLS is ignored, and the connection continues")
    func upgradesOverTLS() async throws {
        try await with { port, folder async throws in
            let printed = try await pythonHTTP1(
                port, folder,
                """
                upgrade = b"Host: h\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n"
                link.sendall(b"GET / HTTP/1.1\\r\\n" + upgrade + b"\\r\\n")
                link.sendall(b"POST /size HTTP/1.1\\r\\n" + upgrade + b"Content-Length: 4\\r\\n\\r\\nbody")
                link.sendall(b"GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n")
                print(read_all().count(b"HTTP/1.1 200 "))
                """)
            #expect(printed == "3")
        }
    }

    @Test("CONNECT over TLS is rejected and the connection closed, however many bytes follow")
    func connectOverTLS() async throws {
        try await with { port, folder async throws in
            let printed = try await pythonHTTP1(
                port, folder,
                """
                link.sendall(b"CONNECT h:443 HTTP/1.1\\r\\nHost: h:443\\r\\n\\r\\n")
                answer = b""
                while b"\\r\\n\\r\\n" not in answer: answer += link.recv(65536)
                print(answer.startswith(b"HTTP/1.1 501 "), b"\\r\\nConnection: close\\r\\n" in answer)
                try:
                    for _ in range(2000):
                        link.sendall(b"x" * 100000)
                        time.sleep(0.005)
                    print("taken")
                except OSError:
                    print("closed")
                """)
            #expect(printed == "True True\nclosed")
        }
    }

    @Test("An HTTP/2 client that expects 100-continue is asked for the body")
    func continueOfHTTP2() async throws {
        try await with { port, folder async throws in
            let printed = try await python(
                port, folder,
                """
                expect = b"\\x0f\\x14\\x0c100-continue"
                link.sendall(frame(1, 4, 1, header(b"\\x83", b"\\x44\\x05/size") + expect))
                heads = 0
                for kind, flags, stream, data in frames():
                    if kind == 1 and stream == 1:
                        heads += 1
                        if heads == 1: link.sendall(frame(0, 1, 1, b"hello"))
                    if kind == 0 and data: print(heads, data.decode())
                    if kind == 0 and flags & 1: break
                """)
            #expect(printed == "2 5")
        }
    }

    @Test("A slow HTTP/1.1 header over TLS closes the connection, a fast one does not")
    func slowHeaderOverTLS() async throws {
        try await with("", "{ header_timeout: 3000, idle_timeout: 60000 }") { port, folder async throws in
            let printed = try await pythonHTTP1(
                port, folder,
                """
                link.sendall(b"GET / HTTP/1.1\\r\\n")
                start = time.monotonic()
                try:
                    while time.monotonic() - start < 60:
                        link.sendall(b"X: y\\r\\n")
                        time.sleep(0.05)
                    print(False)
                except (ConnectionError, ssl.SSLError):
                    print(True)
                """)
            #expect(printed == "True")
            let kept = try await pythonHTTP1(
                port, folder,
                """
                link.sendall(b"GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n")
                time.sleep(4)
                link.sendall(b"GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n")
                print(read_all().count(b"HTTP/1.1 200 "))
                """)
            #expect(kept == "2")
        }
    }

    @Test func aSilentConnectionOfHTTP2DoesNotHoldUpTheEnd() async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let yaml =
                "- descriptor: pip-services:container:default:default:1.0\n  shutdown: { timeout: 120000 }\n"
                + Self.yaml(folder)
            let client = Locked<Task<String, any Error>?>(nil)
            let clock = ContinuousClock()
            let end = Locked(clock.now)
            try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { Things() }]) {
                let endpoint = try $0.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
                let port = endpoint.port ?? 0
                let task = Task {
                    try await python(
                        port, folder, "open('ready', 'w').close()\nprint(is_closed())")
                }
                client.withLock { $0 = task }
                for _ in 0..<4000 where !FileManager.default.fileExists(atPath: folder + "/ready") {
                    try await Task.sleep(for: .milliseconds(5))
                }
                end.withLock { $0 = clock.now }
            }
            // Hummingbird alone would wait for the client for half a minute.
            #expect(clock.now - end.current < .seconds(29))
            #expect(try await client.current?.value == "True")
        }
    }

    @Test("When draining is cancelled, streams without a response get 503 and others are reset")
    func cancelledDrainEndsStreams() async throws {
        let things = Things()
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            try await withContainer(
                yaml: Self.yaml(folder), factories: [Factory("test:controller:rest:*:1.0") { things }]
            ) {
                let endpoint = try $0.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
                let port = endpoint.port ?? 0
                let slow = Task { try await curl(port, folder, ["--http2"], path: "/slow") }
                let begun = Task {
                    try await python(
                        port, folder,
                        """
                        link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x06/begun")))
                        print([kind for kind, flags, stream, _ in frames() if stream == 1 and (kind == 3 or flags & 1)])
                        """)
                }
                try await waitUntil(within: .seconds(30)) {
                    things.gate.current.isReached && things.gate.current.hasBegun
                }
                let draining = Task { await endpoint.drain(.empty) }
                draining.cancel()
                #expect(try await slow.value == " 2 503")
                // A reset, and no end.
                let ends = try await begun.value
                #expect(ends == "[3]")
                things.gate.withLock { $0.isOpen = true }
                await draining.value
            }
        }
    }

    /// Whether the client agrees that the connection ends, or does not.
    @Test(arguments: [true, false])
    func drainingAnswersAStreamInFlight(agrees: Bool) async throws {
        let things = Things()
        try await with("", "{}", things) { port, folder async throws in
            let endpoint = try things.rest.endpoint()
            let client = Task {
                try await python(
                    port, folder,
                    """
                    link.sendall(frame(1, 5, 1, header(b"\\x82", b"\\x44\\x05/slow")))
                    for kind, flags, stream, data in frames():
                        if kind == 7: open("told", "w").close()
                        if kind == 6 and \(agrees ? "True" : "False"): link.sendall(frame(6, 1, 0, data))
                        if kind == 0 and data: print(stream, data.decode())
                        if kind == 0 and flags & 1: print("ended")
                    print("closed")
                    """)
            }
            try await waitUntil { things.gate.current.isReached }
            let draining = Task { await endpoint.drain(.empty) }
            try await waitUntil { FileManager.default.fileExists(atPath: folder + "/told") }
            try await RawConnection.waitForRefusal(port: port)
            things.gate.withLock { $0.isOpen = true }
            let printed = try await client.value
            #expect(printed == "1 \"done\"\nended\nclosed")
            await draining.value
        }
    }

    @Test func connectionsByTLSAreBounded() async throws {
        // None of them ends by the time that it takes.
        let options = "{ max_connections: 1, header_timeout: 600000, idle_timeout: 600000 }"
        try await with("", options) { port, folder async throws in
            let client = Task {
                try await python(
                    port, folder,
                    """
                    import os, time
                    open("ready", "w").close()
                    while not os.path.exists("go"): time.sleep(0.01)
                    link.sendall(frame(1, 5, 1, get))
                    print(any(kind == 0 and stream == 1 for kind, _, stream, _ in frames()))
                    """)
            }
            try await waitUntil { FileManager.default.fileExists(atPath: folder + "/ready") }
            let words = try await RawConnection(port: port).receive()
            #expect(words.isEmpty, "a client of TLS could not read them")
            await #expect(throws: Program.Failure.self) { _ = try await curl(port, folder, []) }
            try Data().write(to: URL(fileURLWithPath: folder + "/go"))
            let printed = try await client.value
            #expect(printed == "True", "the one that was there first stays")
            // It goes, and there is room again.
            try await waitUntil { (try? await curl(port, folder, []))?.hasSuffix(" 200") == true }
        }
    }

    @Test(arguments: [("server.key", "ca.crt"), ("none.key", "server.crt"), ("server.key", "server.key")])
    func filesThatDoNotFitFailTheStart(key: String, certificate: String) async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let yaml = """
                - descriptor: pip-services:endpoint:http:default:1.0
                  connection: { protocol: https, host: 127.0.0.1, port: 0 }
                  credential: { ssl_key_file: \(folder)/\(key), ssl_crt_file: \(folder)/\(certificate) }
                """
            let error = await #expect(throws: ApplicationError.self) { try await withContainer(yaml: yaml) { _ in } }
            #expect(error?.code == "BAD_CERTIFICATE", "\(String(describing: error))")
        }
    }
}
#endif
