#if PIP_REDIS
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// Servers that change their role, their users and their place.
@Suite struct RedisFailoverTests {
    /// The message of the error that something throws; empty if it throws none.
    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch {
            return (error as? ApplicationError)?.message ?? "\(error)"
        }
    }

    private func code(_ redis: RedisConnection, _ command: RedisCommand) async -> String? {
        await DriverFixture.code { _ = try await redis.execute(.empty, command) }
    }

    @Test("A server that became a replica is left, and readiness reports it until there is a primary")
    func readOnly() async throws {
        let (server, other) = (try await ServerProcess.redis(), try await ServerProcess.redis())
        try await RedisFixture.with(server.port, ["options.down_after": "200"]) { redis in
            try await redis.set(.empty, "k", [1], ttl: nil)
            try await RedisFixture.with(server.port) { admin in
                _ = try await admin.execute(.empty, RedisCommand("REPLICAOF", "127.0.0.1", "\(other.port)"))
            }
            #expect(await code(redis, RedisCommand("SET", "k", "2")) == "READONLY")
            try await waitUntil(within: .seconds(30)) {
                await message { try await redis.checkReadiness(.empty) }.contains("READONLY")
            }
            // Reads do not go to it either: they could be old.
            #expect(await code(redis, RedisCommand("GET", "k")) == "NO_CONNECTION")
            try await RedisFixture.with(server.port) { admin in
                _ = try await admin.execute(.empty, RedisCommand("REPLICAOF", "NO", "ONE"))
            }
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await redis.checkReadiness(.empty) } == nil
            }
            try await redis.set(.empty, "k", [3], ttl: nil)
        }
    }

    @Test("A cache continues without a server that became a replica") func cacheFailsOpen() async throws {
        let (server, other) = (try await ServerProcess.redis(), try await ServerProcess.redis())
        try await RedisFixture.with(server.port) { redis in
            let cache = try await RedisFixture.on(redis, RedisCache())
            _ = try await redis.execute(.empty, RedisCommand("REPLICAOF", "127.0.0.1", "\(other.port)"))
            try await cache.store(.empty, "k", 1)
        }
    }

    @Test("After READONLY the host is resolved again, and the new server is used") func readOnlyElsewhere()
        async throws
    {
        let (old, new) = (try await ServerProcess.redis(), try await ServerProcess.redis())
        let port = Locked(old.port)
        var options = RedisEngine.Options()
        options.address.host = "redis.invalid"
        options.resolver = HostResolver { _, _ in HostResolver.look(up: "127.0.0.1", port: port.current) }
        let engine = try RedisEngine(options, clock: SystemClock(), random: SystemRandom())
        defer { engine.stop() }
        try await engine.open()
        try await RedisFixture.with(old.port) { admin in
            _ = try await admin.execute(.empty, RedisCommand("REPLICAOF", "127.0.0.1", "\(new.port)"))
        }
        port.withLock { $0 = new.port }
        let refused = await engine.call(RedisCommand("SET", "k", "1").bytes, deadline: nil)
        #expect(try refused.get().errorCode == "READONLY")
        // The old one stays a replica.
        try await waitUntil(within: .seconds(30)) {
            await engine.call(RedisCommand("SET", "k", "2").bytes, deadline: nil) == .success(.status("OK"))
        }
        let found = try await RedisFixture.with(new.port) { try await $0.get(.empty, "k") }
        #expect(found == DriverFixture.bytes("2"))
        await engine.close()
    }

    @Test("Only the error code of a login reply is quoted") func loginReplies() throws {
        let server = try AnsweringServer { _ in "-ERR wrong: AUTH ann hunter2\r\n" }
        var options = RedisEngine.Options()
        (options.address.host, options.address.port) = ("127.0.0.1", server.port)
        (options.address.username, options.address.password) = ("ann", "hunter2")
        let error = #expect(throws: RedisConnectionError.self) {
            try RedisDialer.dial(options, timeout: .seconds(20))
        }
        #expect(error?.reason == "AUTH: ERR" && error?.isFinal == true)
    }

    @Test("An ACL user with a binary password can use its permitted commands") func accessList() async throws {
        let server = try await ServerProcess.redis()
        let password = "a\u{0}b c\r\n%"
        try await RedisFixture.with(server.port) { admin in
            let rules = ["on", ">" + password, "~k*", "+get", "+set", "+publish"]
            _ = try await admin.execute(.empty, RedisCommand("ACL", ["SETUSER", "ann"] + rules))
        }
        let config: ConfigParams = ["credential.username": "ann", "credential.password": password]
        try await RedisFixture.with(server.port, config) { redis in
            try await redis.set(.empty, "k1", [1], ttl: nil)
            #expect(try await redis.get(.empty, "k1") == [1])
            #expect(await code(redis, RedisCommand("GET", "x")) == "NOPERM")
            // PING is not among its commands: that it is refused shows that the server answers.
            try await redis.checkReadiness(.empty)
        }
        let wrong = try await assemble(
            RedisConnection(),
            config: try RedisFixture.config(server.port, config.override(["credential.password": "a"])))
        #expect(await DriverFixture.code { try await wrong.open(.empty) } == "ACCESS_DENIED")
        // The same in a URI, and what it would be if it ended at the zero.
        let texts: [(String, String?)] = [
            ("a%00b%20c%0D%0A%25", nil), ("a%00", "ACCESS_DENIED"), ("a", "ACCESS_DENIED"),
        ]
        for (text, code) in texts {
            let redis = try await assemble(
                RedisConnection(), config: ["connection.uri": "redis://ann:\(text)@127.0.0.1:\(server.port)"])
            #expect(await DriverFixture.code { try await redis.open(.empty) } == code, "\(text)")
            if code == nil { #expect(try await redis.get(.empty, "k1") == [1]) }
            try await redis.close(.empty)
        }
    }

    @Test("A password required after a restart fails calls at once, with the reason") func newPassword()
        async throws
    {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port, ["options.down_after": "60000"]) { redis in
            try await RedisFixture.with(server.port) { admin in
                _ = try await admin.execute(.empty, RedisCommand("CONFIG", "SET", "requirepass", "new"))
                _ = try? await admin.execute(.empty, RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
            }
            let time = try await DriverFixture.time {
                try await waitUntil(within: .seconds(30)) {
                    await message { _ = try await redis.get(.empty, "k") }.contains("NOAUTH")
                }
            }
            #expect(time < .seconds(4), "\(time)")
            #expect(await message { try await redis.checkReadiness(.empty) }.contains("NOAUTH"))
        }
    }

    // MARK: - Sentinel

    private struct Group {
        let primary: ServerProcess
        let replica: ServerProcess
        let sentinels: [ServerProcess]

        init() async throws {
            primary = try await ServerProcess.redis()
            replica = try await ServerProcess.redis(
                ["--replicaof", "127.0.0.1", "\(primary.port)", "--repl-diskless-sync-delay", "0"])
            var sentinels: [ServerProcess] = []
            for _ in 0..<3 {
                sentinels.append(
                    try await ServerProcess.sentinel([
                        "bind 127.0.0.1", "dir /tmp", "sentinel monitor main 127.0.0.1 \(primary.port) 2",
                        "sentinel down-after-milliseconds main 500", "sentinel failover-timeout main 3000",
                    ]))
            }
            self.sentinels = sentinels
        }

        /// The settings; the first sentinel is one that nobody answers at.
        var config: ConfigParams {
            get throws {
                var values: [(String, String?)] = [
                    ("options.sentinel_master", "main"), ("options.command_timeout", "1000"),
                    ("connections.0.host", "127.0.0.1"), ("connections.0.port", "\(try Sockets.freePort())"),
                ]
                for (index, sentinel) in sentinels.enumerated() {
                    values += [
                        ("connections.\(index + 1).host", "127.0.0.1"),
                        ("connections.\(index + 1).port", "\(sentinel.port)"),
                    ]
                }
                return ConfigParams(StringValueMap(values))
            }
        }

        /// Waits until the replica has the data and the sentinels know one another.
        func waitUntilReady() async throws {
            try await RedisFixture.with(primary.port) { redis in
                try await waitUntil(within: .seconds(60)) {
                    let text = try await redis.execute(.empty, RedisCommand("INFO", "replication")).text ?? ""
                    return text.contains("state=online")
                }
            }
            for sentinel in sentinels {
                try await RedisFixture.with(sentinel.port) { redis in
                    try await waitUntil(within: .seconds(60)) {
                        let reply = try await redis.execute(.empty, RedisCommand("SENTINEL", "MASTER", "main"))
                        let texts = (reply.array ?? []).map { $0.text ?? "" }
                        func value(_ name: String) -> String? {
                            texts.firstIndex(of: name).map { $0 + 1 }.flatMap { $0 < texts.count ? texts[$0] : nil }
                        }
                        return value("num-slaves") == "1" && value("num-other-sentinels") == "2"
                    }
                }
            }
        }

        /// The port of the master, as a sentinel says.
        func masterPort() async throws -> Int64? {
            try await RedisFixture.with(sentinels[0].port) {
                let command = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")
                return try await $0.execute(.empty, command).array?.last?.integer
            }
        }
    }

    @Test("After the master is killed under load, service resumes on the new one without lost writes")
    func sentinel() async throws {
        let group = try await Group()
        try await group.waitUntilReady()
        let redis = try await assemble(RedisConnection(), config: try group.config)
        try await redis.open(.empty)
        let isStopped = Locked(false)
        let acknowledged = Locked<[Int: Int]>([:])
        let workers = (0..<4).map { worker in
            Task {
                var number = 0
                while !isStopped.current {
                    number += 1
                    let value = Array(String(number).utf8)
                    // Two replies, so that what is acknowledged is on the replica too, as far as Redis can tell.
                    let isKept = try? await redis.withSession(.empty) { session in
                        _ = try await session.execute(.empty, RedisCommand("SET", "w\(worker)", value, []))
                        return try await session.execute(.empty, RedisCommand("WAIT", "1", "500")).integer ?? 0 >= 1
                    }
                    if isKept == true { acknowledged.withLock { $0[worker] = number } }
                }
            }
        }
        try await waitUntil(within: .seconds(30)) { acknowledged.current.values.reduce(0, +) > 20 }
        group.primary.kill()
        try await waitUntil(within: .seconds(60)) { try await group.masterPort() == Int64(group.replica.port) }
        let clock = ContinuousClock()
        let start = clock.now
        try await waitUntil(within: .seconds(60)) {
            await DriverFixture.code { try await redis.set(.empty, "after", [1], ttl: nil) } == nil
        }
        #expect(clock.now - start < .seconds(10), "resumed \(clock.now - start) after the sentinels' decision")
        isStopped.withLock { $0 = true }
        for worker in workers { await worker.value }
        for (worker, number) in acknowledged.current {
            let found = try await redis.execute(.empty, RedisCommand("GET", "w\(worker)")).integer ?? 0
            #expect(found >= number, "worker \(worker): \(number) was acknowledged, \(found) is there")
        }
        try await redis.checkReadiness(.empty)
        try await redis.close(.empty)
    }

    @Test("A failover that closes no connection is followed") func orderedFailover() async throws {
        let group = try await Group()
        try await group.waitUntilReady()
        let redis = try await assemble(RedisConnection(), config: try group.config)
        try await redis.open(.empty)
        let subscription = try await redis.subscribe(.empty, channels: ["c"], patterns: [])
        try await RedisFixture.with(group.sentinels[0].port) { sentinel in
            // A replica that has not answered the sentinel for some seconds is not promoted.
            try await waitUntil(within: .seconds(60)) {
                await code(sentinel, RedisCommand("SENTINEL", "FAILOVER", "main")) == nil
            }
            try await waitUntil(within: .seconds(60)) {
                let command = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")
                return try await sentinel.execute(.empty, command).array?.last?.integer == Int64(group.replica.port)
            }
        }
        // Until then it accepts writes, which the failover loses.
        try await RedisFixture.with(group.primary.port) { old in
            try await waitUntil(within: .seconds(60)) {
                // It ends its connections meanwhile.
                (try? await old.execute(.empty, RedisCommand("ROLE")))?.array?.first?.text == "slave"
            }
        }
        try await waitUntil(within: .seconds(60)) {
            await DriverFixture.code { try await redis.set(.empty, "after", [1], ttl: nil) } == nil
        }
        let found = try await RedisFixture.with(group.replica.port) { try await $0.get(.empty, "after") }
        #expect(found == [1])
        subscription.cancel()
        try await redis.close(.empty)
    }

    @Test("A sentinel that names a replica as the master is not trusted") func staleSentinel() async throws {
        let primary = try await ServerProcess.redis()
        let replica = try await ServerProcess.redis(["--replicaof", "127.0.0.1", "\(primary.port)"])
        let sentinels = try [replica, primary].map { server in
            let port = String(server.port)
            return try AnsweringServer { _ in "*2\r\n$9\r\n127.0.0.1\r\n$\(port.utf8.count)\r\n\(port)\r\n" }
        }
        let redis = try await assemble(
            RedisConnection(),
            config: [
                "options.sentinel_master": "main", "connections.0.uri": "redis://127.0.0.1:\(sentinels[0].port)",
                "connections.1.uri": "redis://127.0.0.1:\(sentinels[1].port)",
            ])
        try await redis.open(.empty)
        try await redis.set(.empty, "k", [1], ttl: nil)
        let found = try await RedisFixture.with(primary.port) { try await $0.get(.empty, "k") }
        #expect(found == [1])
        try await redis.close(.empty)
    }

    /// Answers as a sentinel that names a master, with the number of the failover.
    private static func sentinel(_ answer: @escaping @Sendable () -> (port: Int, epoch: Int)) throws -> AnsweringServer
    {
        try AnsweringServer { question in
            let (port, epoch) = answer()
            func strings(_ parts: [String]) -> String {
                "*\(parts.count)\r\n" + parts.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
            }
            if question.contains("GET-MASTER-ADDR-BY-NAME") { return strings(["127.0.0.1", "\(port)"]) }
            return strings(["name", "main", "ip", "127.0.0.1", "config-epoch", "\(epoch)", "flags", "master"])
        }
    }

    private static func config(_ sentinels: [AnsweringServer], _ more: ConfigParams) -> ConfigParams {
        var config: ConfigParams = ["options.sentinel_master": "main"]
        for (index, sentinel) in sentinels.enumerated() {
            config["connections.\(index).uri"] = "redis://127.0.0.1:\(sentinel.port)"
        }
        return config.override(more)
    }

    @Test("An old master that only the sentinels cannot reach is left, despite an isolated sentinel")
    func partitionedMaster() async throws {
        let (old, new) = (try await ServerProcess.redis(), try await ServerProcess.redis())
        let (oldPort, newPort) = (old.port, new.port)
        let (isOver, asked) = (Locked(false), Locked(0))
        let stale = try Self.sentinel { (oldPort, 1) }
        let fresh = try Self.sentinel {
            asked.withLock { $0 += 1 }
            return isOver.current ? (newPort, 2) : (oldPort, 1)
        }
        let redis = try await assemble(
            RedisConnection(), config: Self.config([stale, fresh], ["options.sentinel_interval": "100"]))
        try await redis.open(.empty)
        let messages = NotificationReader(try await redis.subscribe(.empty, channels: ["c"], patterns: []))
        func place() async throws -> Int64? {
            try await redis.execute(.empty, RedisCommand("CONFIG", "GET", "port")).array?.last?.integer
        }
        #expect(try await place() == Int64(oldPort))
        isOver.withLock { $0 = true }
        // The old master takes itself for one, and keeps its connections.
        try await waitUntil(within: .seconds(30)) { try await place() == Int64(newPort) }
        try await waitUntil(within: .seconds(30)) { try await redis.publish(.empty, "c", [1]) == 1 }
        // In any order: the message may come while other channels would be subscribed to.
        let seen = [try await messages.next(), try await messages.next()]
        #expect(Set(seen) == [.interrupted, .message(channel: "c", payload: [1])])
        // It stays there, and is not asked for its place all the time.
        let before = asked.current
        try await waitUntil(within: .seconds(30)) { asked.current >= before + 6 }
        #expect(try await place() == Int64(newPort))
        try await redis.close(.empty)
    }

    @Test("The server named by an isolated sentinel is left as soon as others reply") func staleAtOpen()
        async throws
    {
        let (old, new) = (try await ServerProcess.redis(), try await ServerProcess.redis())
        let (oldPort, newPort) = (old.port, new.port)
        let sentinels = [try Self.sentinel { (oldPort, 1) }, try Self.sentinel { (newPort, 2) }]
        let redis = try await assemble(
            RedisConnection(), config: Self.config(sentinels, ["options.sentinel_interval": "600000"]))
        try await redis.open(.empty)
        try await waitUntil(within: .seconds(30)) {
            let reply = try await redis.execute(.empty, RedisCommand("CONFIG", "GET", "port"))
            return reply.array?.last?.integer == Int64(newPort)
        }
        // It is compared again, and stays.
        try await waitUntil(within: .seconds(30)) { sentinels[1].connections == 2 }
        #expect(sentinels[0].connections == 3)
        try await redis.close(.empty)
    }

    @Test("With a sentinel_interval of 0, sentinels are asked only when connecting") func noInterval() async throws {
        let server = try await ServerProcess.redis()
        let port = server.port
        let sentinel = try Self.sentinel { (port, 1) }
        let redis = try await assemble(
            RedisConnection(), config: Self.config([sentinel], ["options.sentinel_interval": "0"]))
        try await redis.open(.empty)
        for _ in 0..<10 { try await redis.checkReadiness(.empty) }
        #expect(sentinel.connections == 1)
        try await redis.close(.empty)
    }

    @Test(
        "A sentinel that hangs, refuses the login or names a hanging master leaves time for others",
        arguments: ["hangs", "refuses", "names"])
    func sharesOfTime(first: String) async throws {
        let server = try await ServerProcess.redis()
        let port = server.port
        let hole = try AnsweringServer { _ in "" }
        let good = try Self.sentinel { (port, 1) }
        let bad =
            switch first {
            case "hangs": hole
            case "refuses": try AnsweringServer { _ in "-NOAUTH Authentication required.\r\n" }
            default: try Self.sentinel { (hole.port, 1) }
            }
        var options = RedisEngine.Options()
        options.sentinel = RedisSentinel(
            addresses: [bad, good].map { server in
                var address = RedisAddress()
                (address.host, address.port) = ("127.0.0.1", server.port)
                return address
            }, master: "main")
        let link = try await onOwnThread { [options] in
            Result { try RedisDialer.dial(options, timeout: .seconds(3)) }
        }.get()
        #expect(link.address.port == port)
    }

    @Test("A hanging master is left when the sentinels elect another; an unknown master name is an error")
    func hangingMaster() async throws {
        let group = try await Group()
        try await group.waitUntilReady()
        let redis = try await assemble(RedisConnection(), config: try group.config)
        try await redis.open(.empty)
        group.primary.hang()
        try await waitUntil(within: .seconds(60)) {
            await DriverFixture.code { try await redis.set(.empty, "after", [1], ttl: nil) } == nil
        }
        #expect(try await group.masterPort() == Int64(group.replica.port))
        // The old master comes back, still believes to be one, and is made a replica.
        group.primary.goOn()
        try await redis.set(.empty, "after", [2], ttl: nil)
        try await redis.close(.empty)

        let wrong = try await assemble(
            RedisConnection(),
            config: try group.config.override(["options.sentinel_master": "none", "options.retries": "0"]))
        let error = await #expect(throws: ApplicationError.self) { try await wrong.open(.empty) }
        #expect(error?.message.contains("knows no master 'none'") == true, "\(error?.message ?? "")")
    }
}
#endif
