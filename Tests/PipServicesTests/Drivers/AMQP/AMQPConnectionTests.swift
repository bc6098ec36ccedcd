#if PIP_AMQP
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Connections to brokers: addresses, login, TLS and failover.
@Suite(.enabled(if: AMQPFixture.missing == nil, "\(AMQPFixture.missing ?? "")"))
struct AMQPConnectionTests {
    @Test(
        "A configuration that cannot work names the key",
        arguments: [
            ([:], "NO_CONNECTION", "connection.host"), (["connection.port": "1"], "NO_HOST", "host"),
            (["connection.host": "a", "connection.port": "x"], "NO_PORT", "'x'"),
            (["connection.host": "a b"], "BAD_HOST", "a b"),
            (["connection.host": "a", "connection.protocol": "stomp"], "UNSUPPORTED_PROTOCOL", "amqps"),
            (["connection.uri": "amqp://a?x=b@c"], "BAD_URI", "not clear"),
            (["connection.host": "a", "credential.username": "u"], "NO_PASSWORD", "credential.password"),
            (["connection.host": "a", "credential.ssl_ca_file": "f"], "TLS_NOT_ENABLED", "amqps"),
            (
                ["connection.uri": "amqps://a", "credential.ssl_ca_file": "/missing"], "READ_FAILED",
                "credential.ssl_ca_file"
            ),
        ] as [(ConfigParams, String, String)])
    func badConfiguration(_ config: ConfigParams, _ code: String, _ text: String) async throws {
        let (found, message) = try await AMQPFixture.opening(config)
        #expect(found == code)
        #expect(message.contains(text), "\(message)")
        let connection = try await assemble(AMQPConnection(), config: config)
        #expect(await DriverFixture.code { try await connection.checkConfiguration(.empty) } == code)
    }

    @Test("Addresses are parsed from hosts and URIs") func addresses() throws {
        func address(_ connections: [ConnectionParams]) throws -> BrokerAddress {
            try BrokerAddress(.empty, connections, CredentialParams(), .amqp)
        }
        let uri = try address([
            ConnectionParams(["uri": "amqps://u:p%40@a:1,b/v%2Fh"]), ConnectionParams(["host": "c", "port": "3"]),
        ])
        #expect(
            uri.servers == [
                BrokerServer(host: "a", port: 1, isEncrypted: true),
                BrokerServer(host: "b", port: 5671, isEncrypted: true),
                BrokerServer(host: "c", port: 3),
            ])
        #expect((uri.username, uri.password, uri.virtualHost) == ("u", "p@", "v/h"))
        #expect(!"\(uri)".contains("p@"))
        #expect(try address([ConnectionParams(["host": "::1"])]).description == "[::1]:5672")
    }

    @Test("A wrong login is rejected with the reason, without the password") func wrongLogin() async throws {
        let (code, message) = try await AMQPFixture.opening(
            try AMQPFixture.config(nil, ["credential.password": "wrong-secret"]))
        #expect(code == "ACCESS_DENIED")
        #expect(message.contains("AMQP broker at 127.0.0.1"), "\(message)")
        #expect(!message.contains("wrong-secret"))
    }

    @Test("An unknown virtual host is rejected") func wrongHost() async throws {
        let (code, message) = try await AMQPFixture.opening(
            try AMQPFixture.config(nil, ["options.virtual_host": "/missing"]))
        #expect(code == "ACCESS_DENIED", "\(message)")
    }

    @Test("The error names an unreachable broker, or a peer that is not a broker") func unreachable() async throws {
        let (code, message) = try await AMQPFixture.opening(try AMQPFixture.config(1))
        #expect(code == "NO_CONNECTION")
        #expect(message.contains("127.0.0.1:1"), "\(message)")
        let peer = try AnsweringServer { _ in "HTTP/1.1 400 Bad Request\r\n\r\n" }
        let (other, _) = try await AMQPFixture.opening(
            try AMQPFixture.config(peer.port, ["options.connect_timeout": "2000"]))
        #expect(other == "NO_CONNECTION")
    }

    @Test("A silent peer is abandoned after the configured timeout") func silentPeer() async throws {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        proxy.set(.swallow)
        let time = try await DriverFixture.time {
            let (code, message) = try await AMQPFixture.opening(
                try AMQPFixture.config(proxy.port, ["options.connect_timeout": "300"]))
            #expect(code == "NO_CONNECTION")
            #expect(message.contains("no answer in time"), "\(message)")
        }
        #expect(time < DriverFixture.bound(after: .milliseconds(300)))
    }

    @Test("One available server of several is sufficient") func failover() async throws {
        let port = try AMQPFixture.port()
        let connection = try await assemble(
            AMQPConnection(), config: ["connection.uri": "amqp://guest:guest@127.0.0.1:1,127.0.0.1:\(port)"])
        try await connection.open(.empty)
        try await connection.checkReadiness(.empty)
        try await connection.close(.empty)
        #expect(await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NOT_OPENED")
    }

    @Test("Closing ends as soon as the broker responds") func closing() async throws {
        var fastest = Duration.seconds(60)
        for _ in 0..<3 {
            let connection = try await assemble(AMQPConnection(), config: try AMQPFixture.config())
            try await connection.open(.empty)
            fastest = min(fastest, try await DriverFixture.time { try await connection.close(.empty) })
        }
        #expect(fastest < AMQPEngine.farewell)
    }

    @Test("A late authorization of a lost connection does not authorize a later one") func lateAuthorization()
        async throws
    {
        var options = AMQPClientOptions(servers: [BrokerServer(host: "127.0.0.1", port: try AMQPFixture.port())])
        options.login = .plain(username: "guest", password: "guest")
        options.connectTimeout = .milliseconds(500)
        (options.reconnectDelay, options.maxReconnectDelay) = (.milliseconds(1), .milliseconds(1))
        options.mayWait = true
        let (late, release) = AsyncStream<Void>.makeStream()
        let (never, end) = AsyncStream<Void>.makeStream()
        let attempts = Locked(0)
        options.authorize = { _ in
            let number = attempts.withLock { attempts in
                attempts += 1
                return attempts
            }
            if number == 2 { release.finish() }
            if number == 1 { for await _ in late {} } else { for await _ in never {} }
        }
        let engine = try AMQPEngine(options, clock: SystemClock(), random: SystemRandom())
        try await engine.open()
        try await waitUntil(within: .seconds(30)) { attempts.current >= 4 || engine.missingReason == nil }
        #expect(engine.missingReason != nil)
        await engine.close()
        end.finish()
    }

    @Test("TLS with a broker that does not support it is an error of TLS or of the connection") func tls() async throws
    {
        let port = try AMQPFixture.port()
        let (code, _) = try await AMQPFixture.opening([
            "connection.uri": "amqps://guest:guest@127.0.0.1:\(port)", "options.connect_timeout": "3000",
        ])
        #expect(["TLS_FAILED", "NO_CONNECTION"].contains(code))
    }

    @Test("With retry_connect, a service starts without its broker, and connects later") func retryConnect()
        async throws
    {
        let proxy = try FaultProxy(to: AMQPFixture.port())
        proxy.accept(false)
        let config: ConfigParams = [
            "options.retry_connect": "true", "options.reconnect_timeout": "20", "options.max_reconnect_timeout": "50",
        ]
        try await AMQPFixture.with(proxy.port, config) { connection in
            #expect(await DriverFixture.code { try await connection.checkReadiness(.empty) } == "NO_CONNECTION")
            proxy.accept(true)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await connection.checkReadiness(.empty) } == nil
            }
        }
    }
}
#endif
