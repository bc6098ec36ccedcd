#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// Encrypted connections to a real server.
@Suite(.serialized) struct RedisTLSTests {
    private func config(_ port: Int, _ more: ConfigParams = [:]) throws -> ConfigParams {
        let folder = try TestCertificates.folder()
        return ConfigParams([
            "connection.uri": "rediss://127.0.0.1:\(port)", "credential.ssl_ca_file": "\(folder)/ca.crt",
            "options.retries": "0", "options.timeout": "10000",
        ]).override(more)
    }

    private func clientFiles() throws -> ConfigParams {
        let folder = try TestCertificates.folder()
        return ["credential.ssl_crt_file": "\(folder)/client.crt", "credential.ssl_key_file": "\(folder)/client.key"]
    }

    private func reason(_ config: ConfigParams) async throws -> String? {
        let redis = try await assemble(RedisConnection(), config: config)
        do {
            try await redis.open(.empty)
            try await redis.close(.empty)
            return nil
        } catch let error as ApplicationError {
            return "\(error.code) \(error.message)"
        }
    }

    @Test("Values of all sizes survive a round trip over TLS, also in sessions and subscriptions") func values()
        async throws
    {
        let server = try await ServerProcess.encryptedRedis(["--tls-auth-clients", "no"])
        let redis = try await assemble(RedisConnection(), config: try config(server.port))
        try await redis.open(.empty)
        for size in [0, 1, 16_383, 16_384, 16_385, 300_000, 2_000_000] {
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await redis.set(.empty, "k", value, ttl: nil)
            #expect(try await redis.get(.empty, "k") == value, "\(size)")
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<2000 {
                group.addTask { try await redis.execute(.empty, RedisCommand("ECHO", "\(number)")).text == "\(number)" }
            }
            for try await isRight in group { #expect(isRight) }
        }
        let subscription = try await redis.subscribe(.empty, channels: ["c"], patterns: [])
        let receivers = try await redis.withSession(.empty) { session in
            try await session.execute(.empty, RedisCommand("PUBLISH", "c", "hello"))
        }
        #expect(receivers == .integer(1))
        let messages = NotificationReader(subscription)
        #expect(try await messages.next() == .message(channel: "c", payload: Array("hello".utf8)))
        try await redis.close(.empty)
    }

    @Test("A server with an untrusted certificate or another name is refused") func verification() async throws {
        let server = try await ServerProcess.encryptedRedis(["--tls-auth-clients", "no"])
        let folder = try TestCertificates.folder()
        let other = try await reason(config(server.port, ["credential.ssl_ca_file": "\(folder)/other.crt"]))
        #expect(other?.contains("certificate is not accepted") == true, "\(other ?? "nothing")")
        let system = try await reason(["connection.uri": "rediss://127.0.0.1:\(server.port)", "options.retries": "0"])
        #expect(system?.contains("certificate is not accepted") == true, "\(system ?? "nothing")")
        let name = try await reason(config(server.port, ["options.tls_server_name": "other.test"]))
        #expect(name?.contains("certificate is not accepted: hostname mismatch") == true, "\(name ?? "nothing")")
        #expect(try await reason(config(server.port, ["options.tls_server_name": "redis.test"])) == nil)
        let address = try await reason(config(server.port, ["options.tls_server_name": "127.0.0.2"]))
        #expect(address?.contains("IP address mismatch") == true, "\(address ?? "nothing")")
        let missing = try await reason(config(server.port, ["credential.ssl_ca_file": "/none.pem"]))
        #expect(missing?.contains("'/none.pem' cannot be read") == true, "\(missing ?? "nothing")")
    }

    @Test("A server that requires a client certificate receives it") func clientCertificate() async throws {
        let server = try await ServerProcess.encryptedRedis()
        #expect(try await reason(config(server.port, clientFiles())) == nil)
        let without = try await reason(config(server.port))
        #expect(without?.hasPrefix("NO_CONNECTION") == true, "\(without ?? "nothing")")
        // An encrypted key must not ask for its passphrase on the terminal.
        let folder = try TestCertificates.folder()
        let locked = try await reason(
            config(server.port, clientFiles().override(["credential.ssl_key_file": "\(folder)/locked.key"])))
        #expect(locked?.contains("locked.key' cannot be used") == true, "\(locked ?? "nothing")")
    }

    @Test("A peer without TLS, or an unresponsive one, fails in time") func notTLS() async throws {
        let plain = try await reason(config(RedisFixture.port(), ["options.timeout": "1000"]))
        #expect(plain?.hasPrefix("NO_CONNECTION") == true, "\(plain ?? "nothing")")
        let silent = try AnsweringServer { _ in "" }
        let nothing = try await reason(config(silent.port, ["options.timeout": "300"]))
        #expect(nothing?.contains("no answer in time") == true, "\(nothing ?? "nothing")")
    }

    @Test("A connection cut in the middle of a record is re-established") func cut() async throws {
        let server = try await ServerProcess.encryptedRedis(["--tls-auth-clients", "no"])
        let proxy = try FaultProxy(to: server.port)
        let redis = try await assemble(RedisConnection(), config: try config(proxy.port))
        try await redis.open(.empty)
        let value = [UInt8](repeating: 7, count: 100_000)
        try await redis.set(.empty, "k", value, ttl: nil)
        for bytes in [1, 100, 17_000, 60_000] {
            proxy.cut(after: bytes)
            #expect(await DriverFixture.code { _ = try await redis.get(.empty, "k") } == "CONNECTION_LOST")
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { _ = try await redis.get(.empty, "k") } == nil
            }
            #expect(try await redis.get(.empty, "k") == value)
        }
        try await redis.close(.empty)
    }
}
#endif
