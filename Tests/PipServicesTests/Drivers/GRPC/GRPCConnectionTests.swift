#if PIP_GRPC
import Foundation
import Glibc
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// The connections of an endpoint and of a client: their number, their begin, their certificates, their descriptors.
@Suite struct GRPCConnectionTests {
    private static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    /// A SETTINGS frame without settings.
    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    @Test("A connection above the maximum is closed, and a new one is accepted after another has ended")
    func numberOfConnections() async throws {
        try await withGRPCCommands(endpoint: "{ max_connections: 2 }") { _, _, port in
            try await withGRPCClient([port], options: "{ retries: 0, reconnect_delay: 10 }") { client in
                #expect(try await client.callCommand(.empty, "number", [:], as: Int.self) == 5)
                var second: RawConnection? = try RawConnection(port: port)
                try await second?.send(Self.preface)
                try await second?.send(Self.settings)
                try await second?.waitForBytes()
                let third = try RawConnection(port: port)
                try await third.send(Self.preface)
                try await third.send(Self.settings)
                // A server that admits it answers with its settings.
                #expect(try await third.receive(until: "\0").isEmpty)
                // Those that are admitted go on.
                #expect(try await client.callCommand(.empty, "number", [:], as: Int.self) == 5)
                second = nil
                try await withGRPCClient([port], options: "{ retries: 0, reconnect_delay: 10 }") { other in
                    try await waitUntil(within: .seconds(30)) {
                        (try? await other.callCommand(.empty, "number", [:], as: Int.self)) == 5
                    }
                }
            }
        }
    }

    @Test(
        "A connection that does not begin in time is closed",
        arguments: [
            "", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r!",
        ])
    func slowBegin(text: String) async throws {
        try await withGRPCCommands(endpoint: "{ handshake_timeout: 200 }") { _, _, port in
            let connection = try RawConnection(port: port)
            try await connection.send(text)
            #expect(try await connection.isClosed())
        }
    }

    @Test("A connection without a timely TLS handshake is closed, and one with it is not") func slowHandshake()
        async throws
    {
        let folder = try TestCertificates.folder()
        try await withGRPCCommands(
            endpoint: "{ handshake_timeout: 300 }", connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
            credential: "{ ssl_crt_file: \(folder)/server.crt, ssl_key_file: \(folder)/server.key }"
        ) { _, commands, port in
            try await withGRPCClient(
                [port], options: "{ retries: 0 }", protocol: "https", credential: "{ ssl_ca_file: \(folder)/ca.crt }"
            ) { client in
                let held = Task { try await client.callCommand(.empty, "hold", [:], as: String.self) }
                try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
                // They begin after the client has, and their time is over after that of the client.
                for bytes in [[], [0x16, 3, 1, 0, 200, 1]] as [[UInt8]] {
                    let connection = try RawConnection(port: port)
                    try await connection.send(bytes)
                    #expect(try await connection.isClosed())
                }
                commands.gate.open()
                #expect(try await held.value == "held")
            }
        }
    }

    @Test("A connection may be silent after its handshake") func silence() async throws {
        try await withGRPCCommands(endpoint: "{ handshake_timeout: 300 }") { _, _, port in
            let connection = try RawConnection(port: port)
            // Piece by piece.
            try await connection.send(String(Self.preface.prefix(10)))
            try await connection.send(Array(Self.preface.utf8.dropFirst(10)) + Self.settings)
            try await connection.waitForBytes()
            let later = try RawConnection(port: port)
            #expect(try await later.isClosed())
            // A PING, and its answer with the same bytes.
            try await connection.send([0, 0, 8, 6, 0, 0, 0, 0, 0] + Array("silence!".utf8))
            #expect(try await connection.receive(until: "silence!").hasSuffix("silence!"))
        }
    }

    @Test("A new certificate is served to new connections without a restart") func renewedServer() async throws {
        let made = try TestCertificates.folder()
        let clock = VirtualClock()
        try await Program.withFolder { folder in
            try Self.copy(["server.crt", "server.key"], from: made, to: folder)
            try await withGRPCCommands(
                connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
                credential: "{ ssl_crt_file: \(folder)/server.crt, ssl_key_file: \(folder)/server.key }", clock: clock
            ) { _, _, port in
                func code(_ authority: String) async throws -> String {
                    try await withGRPCClient(
                        [port], options: "{ retries: 0 }", protocol: "https",
                        credential: "{ ssl_ca_file: \(authority) }"
                    ) { client in
                        await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }?.code ?? "none"
                    }
                }
                #expect(try await code("\(made)/ca.crt") == "none")
                try await Self.certificate(signedBy: "other", "server", "subjectAltName=IP:127.0.0.1", made, folder)
                try await waitUntil(within: .seconds(60)) {
                    clock.advance(by: RenewableTLS.interval)
                    return try await code("\(made)/other.crt") == "none"
                }
                #expect(try await code("\(made)/ca.crt") == "TLS_FAILED")
            }
        }
    }

    @Test("A client's new connection has its new certificate") func renewedClient() async throws {
        let made = try TestCertificates.folder()
        try await Program.withFolder { folder in
            try await Self.certificate(signedBy: "other", "client", "basicConstraints=CA:FALSE", made, folder)
            try await withGRPCCommands(
                endpoint: "{ client_certificate: true }", connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
                credential:
                    "{ ssl_crt_file: \(made)/server.crt, ssl_key_file: \(made)/server.key, ssl_ca_file: \(made)/ca.crt }"
            ) { _, _, port in
                try await withGRPCClient(
                    [port],
                    options: "{ retries: 0, circuit_failures: 0, reconnect_delay: 10, reconnect_max_delay: 20 }",
                    protocol: "https",
                    credential:
                        "{ ssl_ca_file: \(made)/ca.crt, ssl_crt_file: \(folder)/client.crt, ssl_key_file: \(folder)/client.key }"
                ) { client in
                    let error = await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }
                    #expect(error?.category == .noResponse)
                    try Self.copy(["client.crt", "client.key"], from: made, to: folder)
                    try await waitUntil(within: .seconds(30)) {
                        (try? await client.callCommand(.empty, "number", [:], as: Int.self)) == 5
                    }
                }
            }
        }
    }

    @Test("A certificate that does not fit its key is a configuration error") func foreignKey() async throws {
        let folder = try TestCertificates.folder()
        let error = await grpcError {
            try await withGRPCCommands(
                connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
                credential: "{ ssl_crt_file: \(folder)/server.crt, ssl_key_file: \(folder)/client.key }"
            ) { _, _, _ in }
        }
        #expect(error?.code == "BAD_CERTIFICATE")
    }

    @Test("Child processes do not inherit the service's sockets") func closeOnExec() async throws {
        try await withGRPCCommands { _, commands, port in
            try await withGRPCClient([port]) { client in
                let held = Task { try await client.callCommand(.empty, "hold", [:], as: String.self) }
                try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
                let sockets = Self.sockets(port)
                // The listener, and both ends of the connection.
                #expect(sockets.count == 3)
                for socket in sockets {
                    #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0, "descriptor \(socket)")
                }
                commands.gate.open()
                #expect(try await held.value == "held")
            }
        }
    }

    // MARK: - Internal

    /// The sockets of this process that have a port of loopback at one of their ends.
    private static func sockets(_ port: Int) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { descriptor in
            ends(of: descriptor).contains(port)
        }
    }

    /// The ports of a socket of IPv4, its own and that of its peer.
    private static func ends(of descriptor: Int32) -> [Int] {
        var ports: [Int] = []
        for isOwn in [true, false] {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    isOwn ? getsockname(descriptor, $0, &length) : getpeername(descriptor, $0, &length)
                }
            }
            guard code == 0, address.sin_family == sa_family_t(AF_INET) else { continue }
            ports.append(Int(in_port_t(bigEndian: address.sin_port)))
        }
        return ports
    }

    private static func copy(_ names: [String], from source: String, to folder: String) throws {
        for name in names {
            try Data(contentsOf: URL(filePath: "\(source)/\(name)"))
                .write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
        }
    }

    /// Makes a certificate of one of the authorities of ``TestCertificates``, and moves it into place.
    private static func certificate(
        signedBy authority: String, _ name: String, _ extensions: String, _ made: String, _ folder: String
    ) async throws {
        try await Program.withFolder { new in
            try extensions.write(toFile: "\(new)/ext", atomically: true, encoding: .utf8)
            _ = try await Program.run(
                "openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "\(new)/\(name).key"])
            _ = try await Program.run(
                "openssl",
                ["req", "-new", "-key", "\(new)/\(name).key", "-out", "\(new)/csr", "-subj", "/CN=\(name)"])
            _ = try await Program.run(
                "openssl",
                [
                    "x509", "-req", "-in", "\(new)/csr", "-CA", "\(made)/\(authority).crt", "-CAkey",
                    "\(made)/\(authority).key", "-CAserial", "\(new)/serial", "-CAcreateserial", "-days", "2",
                    "-extfile",
                    "\(new)/ext", "-out", "\(new)/\(name).crt",
                ])
            try copy(["\(name).crt", "\(name).key"], from: new, to: folder)
        }
    }
}
#endif
