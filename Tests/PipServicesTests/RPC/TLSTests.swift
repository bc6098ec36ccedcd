#if PIP_HTTP
import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// HTTPS and HTTP/2, as clients see them that nobody here wrote.
@Suite struct TLSTests {
    final class Things: RestController {
        let rest = RestHost()
        var routes: [RestRoute] {
            RestRoute(.get, "/") { _, request in [request.isSecure ? "secure" : "plain", request.remoteAddress ?? ""] }
            RestRoute(.post, "/size") { _, request in try await request.body.bytes().count }
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
        _ more: String = "", _ options: String = "{}",
        _ body: @escaping @Sendable (_ port: Int, _ folder: String) async throws -> Void
    ) async throws {
        try await Program.withFolder { folder in
            try await Self.certificates(in: folder)
            let yaml = Self.yaml(folder, more, options)
            try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { Things() }]) {
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
            try Data(repeating: 65, count: 500_000).write(to: URL(fileURLWithPath: folder + "/body"))
            let answer = try await curl(port, folder, ["--http2", "--data-binary", "@body"], path: "/size")
            #expect(answer == "500000 2 200")
            await #expect(throws: Program.Failure.self) {
                _ = try await curl(port, folder, ["--tls-max", "1.1"])
            }
        }
    }

    @Test func clientsMayHaveToShowACertificate() async throws {
        try await with(", ssl_ca_file: FOLDER/ca.crt", "{ client_certificate: true }") { port, folder async throws in
            let certificate = ["--cert", "client.crt", "--key", "client.key"]
            #expect(try await curl(port, folder, certificate).hasSuffix(" 200"))
            await #expect(throws: Program.Failure.self) { _ = try await curl(port, folder, []) }
        }
    }

    @Test func aSilentHandshakeIsClosed() async throws {
        try await with("", "{ header_timeout: 3000 }") { port, folder async throws in
            #expect(try await RawConnection(port: port).isClosed())
            #expect(try await curl(port, folder, []).hasSuffix(" 200"))
        }
    }

    /// Runs a client of HTTP/2 in Python that has `link`, a connection, and `frame`, which makes frames; the preface and
    /// its settings are sent. Gives what it prints.
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
                        if not piece: return False
                        data += piece
                        while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
                            if data[3] == 1: return True
                            data = data[9 + int.from_bytes(data[:3], "big"):]
                print(read_header())
                link.sendall(frame(1, 5, 3, get))
                print(read_header())
                """)
            #expect(printed == "True\nTrue")
        }
    }

    @Test(arguments: ["", "link.sendall(frame(1, 5, 1, get))"])
    func aSilentConnectionOfHTTP2IsClosed(_ first: String) async throws {
        try await with("", "{ header_timeout: 3000, idle_timeout: 300 }") { port, folder async throws in
            // It never agrees that the connection ends.
            #expect(try await python(port, folder, "\(first)\nprint(is_closed())") == "True")
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
