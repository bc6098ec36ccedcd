#if PIP_REDIS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Commands, settings and ways in, on a real server.
@Suite struct RedisConnectionTests {
    @Test func commandsOfAllKindsAreAnswered() async throws {
        try await RedisFixture.with { redis in
            let key = DriverFixture.key("k")
            #expect(try await redis.execute(.empty, RedisCommand("PING")) == .status("PONG"))
            #expect(try await redis.execute(.empty, RedisCommand("RPUSH", key, "a", "", "ä")) == .integer(3))
            #expect(
                try await redis.execute(.empty, RedisCommand("LRANGE", key, "0", "-1"))
                    == .array([.bytes([97]), .bytes([]), .bytes(Array("ä".utf8))]))
            #expect(try await redis.execute(.empty, RedisCommand("LPOP", DriverFixture.key("none"))) == .null)
            let nested = try await redis.execute(
                .empty, RedisCommand("EVAL", "return {1, {2, {}, {'x', false}}, 'y'}", "0"))
            #expect(
                nested
                    == .array([
                        .integer(1), .array([.integer(2), .array([]), .array([.bytes([120]), .null])]), .bytes([121]),
                    ]))
            let error = await #expect(throws: ApplicationError.self) {
                _ = try await redis.execute(Context(traceId: "t"), RedisCommand("GET", key))
            }
            #expect(error?.code == "WRONGTYPE")
            #expect(error?.traceId == "t")
        }
    }

    @Test func keysAndValuesAreBytesOfAnyKind() async throws {
        try await RedisFixture.with { redis in
            let random = SeededRandom(seed: 20_261_121)
            for _ in 0..<100 {
                let part = (0..<random.next(in: 0..<100)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let bytes = Array(repeatElement(part, count: [1, 2, 2000][random.next(in: 0..<3)]).joined())
                let key = Array(DriverFixture.key("\r\n$3\r\n\0").utf8) + [255, 0, 10]
                #expect(
                    try await redis.execute(
                        .empty, RedisCommand("SET", bytes: [key, bytes, [80, 88], Array("600000".utf8)]))
                        == .status("OK"))
                let got = try await redis.execute(.empty, RedisCommand("GET", bytes: [key]))
                let isSame = got == .bytes(bytes)
                #expect(isSame, "seed 20261121, \(bytes.count) bytes")
            }
        }
    }

    @Test func aPipelineKeepsItsOrderAndItsErrors() async throws {
        try await RedisFixture.with { redis in
            let key = DriverFixture.key("n")
            var commands = (0..<500).map { RedisCommand("ECHO", "\($0)") }
            commands.insert(RedisCommand("NOSUCH"), at: 250)
            commands += [RedisCommand("INCR", key), RedisCommand("LPUSH", key, "x"), RedisCommand("INCR", key)]
            let replies = try await redis.pipeline(.empty, commands)
            #expect(replies.count == 504)
            #expect(replies[0] == .bytes([48]) && replies[503] == .integer(2))
            #expect(replies[251].text == "250")
            for index in [250, 502] {
                guard case .error = replies[index] else {
                    Issue.record("\(replies[index])")
                    continue
                }
            }
            #expect(try await redis.pipeline(.empty, []).isEmpty)
        }
    }

    @Test("Calls are answered with many or few concurrent tasks")
    func manyAndFewCallers() async throws {
        try await RedisFixture.with(nil, ["options.command_timeout": "1000"]) { redis in
            for round in 0..<20 {
                // The other calls queue behind it, and so are answered together.
                async let first = redis.execute(.empty, RedisCommand("BLPOP", ["none", "0.05"], isInternal: true))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<64 { group.addTask { _ = try await redis.execute(.empty, RedisCommand("PING")) } }
                    try await group.waitForAll()
                }
                _ = try await first
                for _ in 0..<round { #expect(try await redis.get(.empty, "none") == nil) }
            }
        }
    }

    /// Large ones are sent in parts, between which nothing else may come.
    @Test func largeAndSmallCommandsOfManyTasksKeepApart() async throws {
        try await RedisFixture.with { redis in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<48 {
                    group.addTask {
                        let key = "apart.\(task)"
                        for round in 0..<40 {
                            let size = (task + round).isMultiple(of: 16) ? 1 << 20 : 8
                            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: task &* 41 &+ round), count: size)
                            try await redis.set(.empty, key, value, ttl: .seconds(60))
                            #expect(try await redis.get(.empty, key) == value)
                        }
                        try await redis.delete(.empty, key)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aScriptIsSentAgainToAServerThatHasForgottenIt() async throws {
        try await RedisFixture.with { redis in
            let script = RedisScript("return KEYS[1] .. ARGV[1]")
            for _ in 0..<2 {
                #expect(try await redis.run(.empty, script, keys: ["a"], arguments: [[98]]) == .bytes([97, 98]))
                #expect(script.digest?.count == 40)
                _ = try await redis.execute(.empty, RedisCommand("SCRIPT", "FLUSH"))
            }
            #expect(await DriverFixture.code { _ = try await redis.run(.empty, RedisScript("]["), keys: []) } == "ERR")
        }
    }

    @Test func aScriptIsCalledByItsDigest() async throws {
        // Its own server, since it counts what is asked of it.
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port) { redis in
            func calls(_ name: String) async throws -> String? {
                let text = try await redis.execute(.empty, RedisCommand("INFO", "commandstats")).text ?? ""
                let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(name):calls=") }
                return line?.split(separator: "=").dropFirst().first?.split(separator: ",").first.map(String.init)
            }
            let script = RedisScript("return KEYS[1] .. ARGV[1]")
            func run() async throws {
                let answer = try await redis.run(.empty, script, keys: ["a"], arguments: [[98]])
                #expect(answer == .bytes([97, 98]))
            }
            for _ in 0..<3 { try await run() }
            var sent = try await [calls("script|load"), calls("evalsha"), calls("eval")]
            #expect(sent == ["1", "3", nil], "the text goes over once")
            _ = try await redis.execute(.empty, RedisCommand("SCRIPT", "FLUSH"))
            for _ in 0..<3 { try await run() }
            sent = try await [calls("script|load"), calls("evalsha"), calls("eval")]
            #expect(sent == ["1", "6", "1"], "and once again when it was forgotten")
        }
    }

    @Test func usersPasswordsDatabasesAndSockets() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(IdGenerator.nextLong())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = folder.appending(path: "s").path
        let server = try await ServerProcess.redis([
            "--requirepass", "top secret", "--user", "ann", "on", ">p@ss:/", "~*", "+@all", "--unixsocket", socket,
        ])
        let place: ConfigParams = ["connection.host": "127.0.0.1", "connection.port": "\(server.port)"]
        let ways: [ConfigParams] = [
            place.override(["credential.password": "top secret", "options.db_num": "3"]),
            place.override([
                "credential.username": "ann", "credential.password": "p@ss:/", "connection.db_num": "3",
            ]),
            ["connection.uri": "redis://:top%20secret@127.0.0.1:\(server.port)/3"],
            ["connection.uri": "redis://ann:p%40ss%3A%2F@127.0.0.1:\(server.port)/3"],
            ["connection.uri": "redis://127.0.0.1:\(server.port)?db=3", "credential.password": "top secret"],
            ["connection.uri": "unix://\(socket)?db=3", "credential.password": "top secret"],
            ["connection.port": "\(server.port)", "credential.password": "top secret", "options.db_num": "3"],
            ["connection.host": socket, "credential.password": "top secret", "options.db_num": "3"],
        ]
        for (index, config) in ways.enumerated() {
            let redis = try await assemble(RedisConnection(), config: config)
            try await redis.open(.empty)
            try await redis.set(.empty, "way.\(index)", [1], ttl: nil)
            #expect(try await redis.execute(.empty, RedisCommand("DBSIZE")) == .integer(Int64(index + 1)))
            try await redis.close(.empty)
        }
        for config in [
            place, place.override(["credential.password": "wrong hunter2"]),
            place.override(["credential.username": "bob", "credential.password": "hunter2"]),
            place.override(["credential.password": "top secret", "options.db_num": "99"]),
        ] {
            let redis = try await assemble(RedisConnection(), config: config)
            let error = await #expect(throws: ApplicationError.self) { try await redis.open(.empty) }
            #expect(error?.code == "ACCESS_DENIED")
            #expect(error.map { "\($0) \($0.details)".contains("hunter2") } == false)
            #expect(redis.isOpen == false)
        }
    }

    @Test(
        arguments: [
            (["options.db_num": "0"], "NO_CONNECTION"),
            (["connection.host": "h", "connection.port": "x"], "NO_PORT"),
            (["connection.host": "h", "connection.port": "70000"], "NO_PORT"),
            (["connection.host": "h", "connection.protocol": "http"], "UNSUPPORTED_PROTOCOL"),
            (["connection.uri": "http://u:hunter2@h"], "UNSUPPORTED_PROTOCOL"),
            (["connection.host": "h", "credential.ssl_ca_file": "/ca.pem"], "TLS_NOT_ENABLED"),
            (["connection.host": "h", "options.tls_server_name": "s"], "TLS_NOT_ENABLED"),
            (["connection.uri": "rediss://u:hunter2@h", "credential.ssl_crt_file": "/c.pem"], "NO_SSL_KEY_FILE"),
            (["connection.uri": "rediss://u:hunter2@h", "credential.ssl_key_file": "/k.pem"], "NO_SSL_CRT_FILE"),
            (["connection.uri": "redis://"], "NO_HOST"),
            (["connection.uri": "redis://u:hunter2@a,b"], "MULTIPLE_CONNECTIONS_NOT_SUPPORTED"),
            (["connection.uri": "redis://u:hunter2@h/x"], "BAD_DATABASE"),
            (["connection.uri": "redis://u:hunter2@h/-1"], "BAD_DATABASE"),
            (["connection.host": "h", "credential.username": "u"], "NO_PASSWORD"),
            (["connections.a.host": "h", "connections.b.host": "h"], "MULTIPLE_CONNECTIONS_NOT_SUPPORTED"),
            (["connection.host": "h", "options.cluster": "true"], "NO_CLUSTER"),
        ] as [([String: String], String)])
    func aWrongConfigurationIsToldClearly(_ config: [String: String], _ code: String) async throws {
        let redis = try await assemble(
            RedisConnection(), config: ConfigParams(StringValueMap(config.map { ($0.key, $0.value) })))
        let error = await #expect(throws: ApplicationError.self) { try await redis.open(.empty) }
        #expect(error?.code == code, "\(error.map { "\($0)" } ?? "")")
        #expect(error.map { "\($0) \($0.details)".contains("hunter2") } == false)
    }

    @Test func aMisspeltKeyIsToldWithTheNearest() async throws {
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await assemble(RedisCache(), config: ["connection.host": "h", "options.retires": "1"])
        }
        #expect(error?.message.contains("'options.retries'") == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func aClosedConnectionSaysSo() async throws {
        let redis = try await RedisFixture.connection()
        try await redis.open(.empty)
        try await redis.close(.empty)
        try await redis.close(.empty)
        #expect(await DriverFixture.code { _ = try await redis.get(.empty, "k") } == "NOT_OPENED")
        #expect(await DriverFixture.code { try await redis.checkReadiness(.empty) } == "NOT_OPENED")
        try await redis.open(.empty)
        try await redis.checkReadiness(.empty)
        try await redis.close(.empty)
    }

    @Test func aServiceSharesOneConnection() async throws {
        try await withContainer(
            yaml: """
                - descriptor: pip-services:connection:redis:default:1.0
                  connection: { host: 127.0.0.1, port: \(try RedisFixture.port()) }
                - descriptor: pip-services:cache:redis:default:1.0
                - descriptor: pip-services:lock:redis:default:1.0
                - descriptor: pip-services:state-store:redis:default:1.0
                  options: { prefix: "shared:" }
                """
        ) { container in
            let key = DriverFixture.key("shared")
            let cache = try container.references.getOneRequired("*:cache:redis:*:1.0", as: RedisCache.self)
            let store = try container.references.getOneRequired("*:state-store:*:*:1.0", as: RedisStateStore.self)
            try await cache.store(.empty, key, ["a": 1])
            #expect(try await store.delete(.empty, key) == nil, "each component has keys of its own")
            try await store.save(.empty, key, ["b": 2])
            #expect(try await cache.retrieve(.empty, "shared:" + key) == ["b": 2])
        }
        try await withContainer(
            yaml: """
                - descriptor: pip-services:cache:redis:default:1.0
                  connection: { host: 127.0.0.1, port: \(try RedisFixture.port()) }
                  options: { entry_timeout: 5000, retries: 2 }
                """
        ) { container in
            let cache = try container.references.getOneRequired("*:cache:redis:*:1.0", as: RedisCache.self)
            try await cache.store(.empty, DriverFixture.key("own"), 1)
        }
    }
}
#endif
