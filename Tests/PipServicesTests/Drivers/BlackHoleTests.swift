import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// Peers that accept connections, read everything and say nothing: the fault that no reset announces.
@Suite(.serialized) struct BlackHoleTests {
    /// What a component under test is linked with.
    private struct Observed {
        let logger = RecordingLogger(level: .info)
        let counters = LogCounters()

        /// How often a peer was lost, and how often it came back.
        var losses: Int { logger.messages.filter { $0.level == .warn && $0.message.contains(" is lost: ") }.count }
        var recoveries: Int { logger.messages.filter { $0.message.contains(" is back after ") }.count }
    }

    #if PIP_REDIS
    @Test("An unresponsive Redis is detected, fails calls at once, and is logged once") func redis() async throws {
        let isHole = Locked(false)
        // Its questions may come several at a time; it answers each.
        let server = try AnsweringServer { question in
            if isHole.current { return "" }
            return question.contains("PING") ? "+PONG\r\n" : "$4\r\nfine\r\n"
        }
        let observed = Observed()
        let redis = try await assemble(
            RedisConnection(),
            config: try RedisFixture.config(
                server.port, ["options.command_timeout": "300", "options.timeout": "1000"]),
            references: [
                "test:logger:recording:default:1.0": observed.logger,
                "test:counters:log:default:1.0": observed.counters,
            ])
        try await redis.open(.empty)
        try await redis.checkReadiness(.empty)
        isHole.withLock { $0 = true }
        let first = await DriverFixture.code { _ = try await redis.get(.empty, "k") }
        #expect(["NO_ANSWER", "CONNECTION_LOST"].contains(first ?? ""), "\(first ?? "none")")
        try await waitUntil(within: .seconds(30)) { observed.losses == 1 }
        // Waiting 300 ms each would take a minute.
        let time = await DriverFixture.time {
            for _ in 0..<200 {
                let code = await DriverFixture.code { _ = try await redis.get(.empty, "k") }
                #expect(code == "NO_CONNECTION")
            }
        }
        #expect(time < .seconds(30), "\(time)")
        let error = await #expect(throws: ApplicationError.self) { try await redis.checkReadiness(.empty) }
        #expect(error?.code == "NO_CONNECTION")
        #expect(observed.counters["redis.default.breaker_state"]?.last == 2)
        isHole.withLock { $0 = false }
        try await waitUntil(within: .seconds(60)) {
            await DriverFixture.code { try await redis.checkReadiness(.empty) } == nil
        }
        #expect(observed.losses == 1)
        #expect(observed.recoveries == 1)
        #expect(observed.counters["redis.default.reconnects"]?.count == 1)
        #expect(observed.counters["redis.default.breaker_state"]?.last == 0)
        #expect(observed.counters["redis.default.in_flight"]?.last == 0)
        try await redis.close(.empty)
        #expect(observed.losses == 1, "closing is no loss")
    }

    @Test("A cache on an unresponsive Redis continues without it") func cacheOnRedis() async throws {
        let isHole = Locked(false)
        let server = try AnsweringServer { question in
            isHole.current ? "" : question.contains("PING") ? "+PONG\r\n" : "$-1\r\n"
        }
        try await RedisFixture.with(server.port, ["options.command_timeout": "300"]) { connection in
            let cache = try await RedisFixture.on(connection, RedisCache())
            isHole.withLock { $0 = true }
            for number in 0..<50 {
                #expect(try await cache.getOrCompute(.empty, "k") { _ in number } == number)
            }
        }
    }

    @Test("A connection is replaced at its maximum age, without losing a call") func redisAge() async throws {
        let server = try AnsweringServer { question in
            question.contains("PING") ? "+PONG\r\n" : "$4\r\nfine\r\n"
        }
        try await RedisFixture.with(server.port, ["options.max_connection_age": "20"]) { redis in
            try await waitUntil(within: .seconds(60)) {
                let reply = try await redis.execute(.empty, RedisCommand("ECHO", "x"))
                #expect(reply.text == "fine")
                return server.connections >= 4
            }
        }
    }
    #endif

    #if PIP_MEMCACHED
    @Test("An unresponsive memcached is down after the time of a call, and then fails calls at once")
    func memcachedAlone() async throws {
        let server = try AnsweringServer { _ in "" }
        let observed = Observed()
        let connection = try await memcached(["127.0.0.1:\(server.port)"], observed)
        let connector = try await MemcachedFixture.on(connection, MemcachedConnector())
        // Calls with little time each.
        try await waitUntil(within: .seconds(60)) {
            let context = Context(deadline: SystemClock().uptime + .milliseconds(100))
            return await DriverFixture.code { _ = try await connector.get(context, "k") } == "SERVER_DOWN"
        }
        #expect(observed.losses == 1)
        let time = await DriverFixture.time {
            for _ in 0..<200 {
                #expect(await DriverFixture.code { _ = try await connector.get(.empty, "k") } == "SERVER_DOWN")
            }
        }
        // Waiting 1 s each would take minutes.
        #expect(time < .seconds(60), "\(time)")
        let error = await #expect(throws: ApplicationError.self) { try await connection.checkReadiness(.empty) }
        #expect(error?.code == "SERVER_DOWN")
        try await connection.close(.empty)
    }

    @Test("An unresponsive memcached server does not delay the others") func memcachedAmongOthers() async throws {
        let server = try AnsweringServer { _ in "" }
        let observed = Observed()
        let port = try MemcachedFixture.port()
        let connection = try await memcached(["127.0.0.1:\(server.port)", "127.0.0.1:\(port)"], observed)
        let connector = try await MemcachedFixture.on(connection, MemcachedConnector())
        let codes = Locked<[String: Int]>([:])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let code = await DriverFixture.code { _ = try await connector.get(.empty, "none.\(number)") }
                    codes.withLock { $0[code ?? "found", default: 0] += 1 }
                }
            }
        }
        // About half of the keys belong to each; those of the healthy one all got their replies in time.
        #expect(codes.current["found", default: 0] > 20, "\(codes.current)")
        let failed = codes.current.filter { $0.key != "found" }
        #expect(Set(failed.keys).isSubset(of: ["TIMEOUT", "SERVER_DOWN"]), "\(codes.current)")
        try await waitUntil(within: .seconds(60)) {
            _ = await DriverFixture.code { _ = try await connector.getMany(.empty, (0..<20).map { "none.\($0)" }) }
            for number in 0..<20 {
                _ = await DriverFixture.code { _ = try await connector.get(.empty, "none.\(number)") }
            }
            return observed.losses == 1
        }
        try await connection.close(.empty)
    }

    private func memcached(_ addresses: [String], _ observed: Observed) async throws -> MemcachedConnection {
        var config: ConfigParams = ["options.timeout": "1000", "options.reconnect": "600000", "options.retries": "0"]
        for (index, address) in addresses.enumerated() { config["connections.\(index).uri"] = "memcached://\(address)" }
        let connection = try await assemble(
            MemcachedConnection(), config: config,
            references: [
                "test:logger:recording:default:1.0": observed.logger,
                "test:counters:log:default:1.0": observed.counters,
            ])
        try await connection.open(.empty)
        return connection
    }
    #endif

    #if PIP_CURL
    @Test("An unresponsive service is skipped after a few calls, and others are used", arguments: [false, true])
    func restClient(hasOther: Bool) async throws {
        let hole = try AnsweringServer { _ in "" }
        let other = try FaultServer { connection, _ in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
            return true
        }
        defer { other.stop() }
        let observed = Observed()
        let connector = try await assemble(CurlConnector())
        var config: ConfigParams = [
            "connections.1.host": "127.0.0.1", "connections.1.port": "\(hole.port)",
            "options.attempt_timeout": "300", "options.circuit_failures": "2", "options.circuit_pause": "600000",
            "options.retries": hasOther ? "2" : "0", "options.timeout": "60000",
        ]
        if hasOther {
            config["connections.2.host"] = "127.0.0.1"
            config["connections.2.port"] = "\(other.port)"
        }
        let client = try await assemble(
            RestClient(), config: config,
            references: [
                "test:http-connector:curl:default:1.0": connector,
                "test:logger:recording:default:1.0": observed.logger,
                "test:counters:log:default:1.0": observed.counters,
            ])
        try await client.open(.empty)
        var codes: [String] = []
        for _ in 0..<20 {
            codes.append(await DriverFixture.code { let _: AnyValue? = try await client.call(.empty, .get, "x") } ?? "")
        }
        if hasOther {
            #expect(Set(codes) == [""], "\(codes)")
        } else {
            #expect(codes == Array(repeating: "TIMEOUT", count: 2) + Array(repeating: "CIRCUIT_OPEN", count: 18))
        }
        #expect(observed.losses == 1)
        #expect(observed.counters["rest.127.0.0.1_\(hole.port).breaker_state"]?.last == 2)
        try await client.close(.empty)
        try await connector.close(.empty)
    }
    #endif
}
