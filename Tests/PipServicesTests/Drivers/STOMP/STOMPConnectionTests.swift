#if PIP_ACTIVEMQ
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Connections to brokers: addresses, login, TLS and failover.
@Suite(.enabled(if: STOMPFixture.missing == nil, "\(STOMPFixture.missing ?? "")"))
struct STOMPConnectionTests {
    @Test(
        "A configuration that cannot work names the key",
        arguments: [
            ([:], "NO_CONNECTION", "connection.host"), (["connection.port": "1"], "NO_HOST", "host"),
            (["connection.host": "a", "connection.port": "x"], "NO_PORT", "'x'"),
            (["connection.host": "a b"], "BAD_HOST", "a b"),
            (["connection.host": "a", "connection.protocol": "amqp"], "UNSUPPORTED_PROTOCOL", "stomp"),
            (["connection.uri": "stomp://a?x=b@c"], "BAD_URI", "not clear"),
            (["connection.host": "a", "credential.username": "u"], "NO_PASSWORD", "credential.password"),
            (["connection.host": "a", "credential.ssl_ca_file": "f"], "TLS_NOT_ENABLED", "stomp+ssl"),
            (
                ["connection.uri": "stomps://a", "credential.ssl_ca_file": "/missing"], "READ_FAILED",
                "credential.ssl_ca_file"
            ),
        ] as [(ConfigParams, String, String)])
    func badConfiguration(_ config: ConfigParams, _ code: String, _ text: String) async throws {
        let (found, message) = try await STOMPFixture.opening(.activeMQ, config)
        #expect(found == code)
        #expect(message.contains(text), "\(message)")
        let connection = STOMPTestConnection(.activeMQ)
        try await connection.assemble(config, RecordingLogger())
        #expect(await DriverFixture.code { try await connection.client.checkConfiguration(.empty) } == code)
    }

    @Test("Addresses are parsed from hosts and URIs") func addresses() throws {
        func address(_ connections: [ConnectionParams]) throws -> BrokerAddress {
            try BrokerAddress(.empty, connections, CredentialParams(), .stomp)
        }
        let uri = try address([
            ConnectionParams(["uri": "stomp+ssl://u:p%40@a:1,b/v%2Fh"]), ConnectionParams(["host": "c", "port": "3"]),
        ])
        #expect(
            uri.servers == [
                BrokerServer(host: "a", port: 1, isEncrypted: true),
                BrokerServer(host: "b", port: 61_614, isEncrypted: true),
                BrokerServer(host: "c", port: 3),
            ])
        #expect((uri.username, uri.password) == ("u", "p@"))
        #expect(uri.virtualHost == "v/h")
        #expect(!"\(uri)".contains("p@"))
        #expect(try address([ConnectionParams(["host": "::1"])]).description == "[::1]:61613")
    }

    @Test("A wrong login is rejected with the reason, without the password") func wrongLogin() async throws {
        for config in [["credential.password": "wrong-secret"], ["options.virtual_host": "/missing"]] as [ConfigParams]
        {
            let (code, message) = try await STOMPFixture.opening(
                .rabbitMQ, try STOMPFixture.config(.rabbitMQ, nil, config))
            #expect(code == "ACCESS_DENIED")
            #expect(message.contains("RabbitMQ at 127.0.0.1"), "\(message)")
            #expect(!message.contains("wrong-secret"))
        }
    }

    @Test("The next of several brokers takes over, and the loss is logged once", arguments: STOMPFixture.brokers)
    func failover(_ broker: STOMPBroker) async throws {
        let (first, second) = (
            try FaultProxy(to: STOMPFixture.port(broker)), try FaultProxy(to: STOMPFixture.port(broker))
        )
        let closed = try Sockets.freePort()
        let uri = "stomp://guest:guest@127.0.0.1:\(closed),127.0.0.1:\(first.port),127.0.0.1:\(second.port)"
        let logger = RecordingLogger(level: .info)
        let connection = STOMPTestConnection(broker)
        try await connection.assemble(
            ["connection.uri": uri, "options.reconnect_timeout": "20", "options.max_reconnect_timeout": "50"], logger)
        try await connection.client.open(.empty)
        let queue = try await connection.queue(STOMPFixture.name())
        #expect((first.connections, second.connections) == (2, 0))
        first.accept(false)
        first.reset()
        try await waitUntil(within: .seconds(30)) {
            let isReady = await connection.isReady()
            return second.connections == 2 && isReady
        }
        try await queue.sendText("a")
        #expect(try await queue.takeTexts(1) == ["a"])
        #expect(logger.messages.filter { $0.message.contains("is lost") }.count == 2, "one for each connection")
        #expect(logger.messages.filter { $0.message.contains("is back after") }.count == 2)
        await connection.client.close(.empty)
    }

    @Test("A missing broker is an error that names it, or may become available later") func unreachable() async throws {
        let port = try Sockets.freePort()
        let (code, message) = try await STOMPFixture.opening(.activeMQ, try STOMPFixture.config(.activeMQ, port))
        #expect(code == "NO_CONNECTION")
        #expect(message.contains("ActiveMQ at 127.0.0.1:\(port) can't be reached"), "\(message)")
        let config: ConfigParams = ["options.retry_connect": "true", "options.reconnect_timeout": "20"]
        let proxy = try FaultProxy(to: STOMPFixture.port(.activeMQ))
        proxy.accept(false)
        try await STOMPFixture.with(.activeMQ, proxy.port, config) { connection in
            let error = await #expect(throws: ApplicationError.self) {
                try await connection.client.checkReadiness(.empty)
            }
            #expect(error?.code == "NO_CONNECTION")
            proxy.accept(true)
            try await waitUntil(within: .seconds(30)) { await connection.isReady() }
        }
    }

    @Test("Before opening and after closing, calls of a connection throw NOT_OPENED", arguments: STOMPFixture.brokers)
    func notOpen(_ broker: STOMPBroker) async throws {
        let connection = STOMPTestConnection(broker)
        try await connection.assemble(try STOMPFixture.config(broker), RecordingLogger())
        let frame = STOMPFrame("SEND", ["destination": "/queue/x"])
        for _ in 1...2 {
            #expect(await DriverFixture.code { try await connection.client.checkReadiness(.empty) } == "NOT_OPENED")
            #expect(await DriverFixture.code { try await connection.client.send(.empty, [frame], "x") } == "NOT_OPENED")
            try await connection.client.open(.empty)
            try await connection.client.open(.empty)
            #expect(await connection.isReady())
            await connection.client.close(.empty)
        }
    }

    @Test("Messages are sent over TLS only to a broker with a trusted certificate") func tls() async throws {
        let certificates = try TestCertificates.folder()
        try await Program.withFolder { folder in
            _ = try await Program.run(
                "openssl",
                [
                    "pkcs12", "-export", "-in", "\(certificates)/server.crt", "-inkey", "\(certificates)/server.key",
                    "-out", "\(folder)/store.p12", "-passout", "pass:secret",
                ])
            let server = try await ServerProcess.activeMQ(in: folder, keyStore: "\(folder)/store.p12")
            func config(_ authority: String, _ more: ConfigParams = [:]) -> ConfigParams {
                ConfigParams([
                    "connection.protocol": "stomp+ssl", "connection.host": "127.0.0.1",
                    "connection.port": "\(server.port)", "credential.ssl_ca_file": "\(certificates)/\(authority).crt",
                ]).override(more)
            }
            let connection = STOMPTestConnection(.activeMQ)
            try await connection.assemble(config("ca"), RecordingLogger())
            try await connection.client.open(.empty)
            let queue = try await connection.queue(STOMPFixture.name())
            try await queue.sendText(String(repeating: "x", count: 500_000))
            #expect(try await queue.takeTexts(1).first?.count == 500_000)
            await connection.client.close(.empty)
            #expect(try await STOMPFixture.opening(.activeMQ, config("other")).code == "TLS_FAILED")
            let named = config("ca", ["options.tls_server_name": "redis.test"])
            #expect(try await STOMPFixture.opening(.activeMQ, named).code == "")
            let plain = config(
                "ca", ["connection.protocol": "stomp", "credential.ssl_ca_file": nil, "options.connect_timeout": "500"])
            #expect(try await STOMPFixture.opening(.activeMQ, plain).code != "")
        }
    }

    @Test("A broker that requires a client certificate receives it, and rejects clients without one")
    func clientCertificate()
        async throws
    {
        let certificates = try TestCertificates.folder()
        try await Program.withFolder { folder in
            _ = try await Program.run(
                "openssl",
                [
                    "pkcs12", "-export", "-in", "\(certificates)/server.crt", "-inkey", "\(certificates)/server.key",
                    "-out", "\(folder)/store.p12", "-passout", "pass:secret",
                ])
            _ = try await Program.run(
                "keytool",
                [
                    "-importcert", "-noprompt", "-alias", "ca", "-file", "\(certificates)/ca.crt", "-keystore",
                    "\(folder)/trust.p12", "-storetype", "PKCS12", "-storepass", "secret",
                ])
            let server = try await ServerProcess.activeMQ(
                in: folder, keyStore: "\(folder)/store.p12", trustStore: "\(folder)/trust.p12")
            func opening(_ more: ConfigParams) async throws -> String {
                let config = ConfigParams([
                    "connection.protocol": "stomp+ssl", "connection.host": "127.0.0.1",
                    "connection.port": "\(server.port)", "credential.ssl_ca_file": "\(certificates)/ca.crt",
                ])
                return try await STOMPFixture.opening(.activeMQ, config.override(more)).code
            }
            let key: ConfigParams = ["credential.ssl_key_file": "\(certificates)/client.key"]
            let own = key.override(["credential.ssl_crt_file": "\(certificates)/client.crt"])
            #expect(try await opening(own) == "")
            // With TLS 1.3 the client's part of the handshake ends before the broker refuses it.
            #expect(try await ["TLS_FAILED", "NO_CONNECTION"].contains(opening([:])))
            let foreign: ConfigParams = [
                "credential.ssl_crt_file": "\(certificates)/other.crt",
                "credential.ssl_key_file": "\(certificates)/other.key",
            ]
            #expect(try await ["TLS_FAILED", "NO_CONNECTION"].contains(opening(foreign)))
        }
    }
}
#endif
