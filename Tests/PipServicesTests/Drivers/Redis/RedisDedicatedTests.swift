#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// Commands that do not fit a connection that all tasks share.
@Suite struct RedisDedicatedTests {
    @Test(
        "A command that blocks or changes the connection is refused on the shared one",
        arguments: [
            ["SUBSCRIBE", "c"], ["select", "1"], ["MULTI"], ["EXEC"], ["WATCH", "k"], ["CLIENT", "REPLY", "OFF"],
            ["client", "tracking", "on"], ["HELLO", "3"], ["BLPOP", "k", "0"],
            ["BLMOVE", "a", "b", "LEFT", "LEFT", "0"],
            ["WAIT", "1", "0"], ["MONITOR"], ["XREAD", "BLOCK", "0", "STREAMS", "s", "$"],
            ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "BLOCK", "0", "STREAMS", "s", ">"], ["QUIT"], ["RESET"],
            ["PSUBSCRIBE", "*"], ["SYNC"], ["BZPOPMIN", "k", "0"], ["AUTH", "hunter2"],
        ])
    func refusal(_ words: [String]) async throws {
        try await RedisFixture.with { redis in
            for command in [
                RedisCommand(words[0], Array(words.dropFirst())),
                RedisCommand(words[0], bytes: words.dropFirst().map { Array($0.utf8) }),
            ] {
                let calls: [@Sendable () async throws -> Void] = [
                    { _ = try await redis.execute(.empty, command) },
                    { _ = try await redis.pipeline(.empty, [command]) },
                    { _ = try await redis.transaction(.empty, [command]) },
                ]
                for call in calls {
                    #expect(await DriverFixture.code(call) == "NEEDS_OWN_CONNECTION")
                }
            }
            try await redis.checkReadiness(.empty)
        }
    }

    @Test("A stream is read without BLOCK on the shared connection") func sharedRead() async throws {
        try await RedisFixture.with { redis in
            let key = DriverFixture.key("BLOCK")
            _ = try await redis.execute(.empty, RedisCommand("XADD", key, "*", "f", "v"))
            let reply = try await redis.execute(.empty, RedisCommand("XREAD", "COUNT", "1", "STREAMS", key, "0"))
            #expect(reply.array?.count == 1)
        }
    }

    @Test("A session blocks, watches and selects without affecting others") func sessions() async throws {
        try await RedisFixture.with(nil, ["options.command_timeout": "1000"]) { redis in
            let key = DriverFixture.key("list")
            let popped = Task {
                try await redis.withSession(.empty) { session in
                    // Longer than an ordinary command may take.
                    try await session.execute(.empty, RedisCommand("BLPOP", key, "20"), timeout: .seconds(25))
                }
            }
            try await Task.sleep(for: .milliseconds(1200))
            _ = try await redis.execute(.empty, RedisCommand("RPUSH", key, "job"))
            #expect(try await popped.value.array?.last?.text == "job")

            let isolated = try await redis.withSession(.empty) { session in
                _ = try await session.execute(.empty, RedisCommand("SELECT", "3"))
                _ = try await session.execute(.empty, RedisCommand("SET", key + "3", "x"))
                return try await session.execute(.empty, RedisCommand("GET", key + "3")).text
            }
            #expect(isolated == "x")
            #expect(try await redis.get(.empty, key + "3") == nil)

            let watched = try await redis.withSession(.empty) { session in
                _ = try await session.execute(.empty, RedisCommand("WATCH", key + "w"))
                try await redis.set(.empty, key + "w", [1], ttl: nil)
                return try await session.transaction(.empty, [RedisCommand("SET", key + "w", "mine")])
            }
            #expect(watched == nil)
            let refused = await DriverFixture.code {
                try await redis.withSession(.empty) { _ = try await $0.execute(.empty, RedisCommand("SUBSCRIBE", "c")) }
            }
            #expect(refused == "NEEDS_OWN_CONNECTION")
        }
    }

    @Test("Sessions are limited, and end with their body and with the connection") func sessionBound() async throws {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port, ["options.max_sessions": "2"]) { redis in
            let most = Locked((now: 0, most: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await redis.withSession(.empty) { session in
                            most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                            _ = try await session.execute(.empty, RedisCommand("BLPOP", "none", "0.05"))
                            most.withLock { $0.now -= 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(most.current.most == 2)
            // The shared one is left.
            try await waitUntil(within: .seconds(30)) {
                let clients = try await redis.execute(.empty, RedisCommand("CLIENT", "LIST")).text ?? ""
                return clients.split(whereSeparator: \.isNewline).count == 1
            }
            let blocking = Task {
                try await redis.withSession(.empty) { session in
                    _ = try await session.execute(.empty, RedisCommand("BLPOP", "none", "0"), timeout: .seconds(600))
                }
            }
            try await waitUntil(within: .seconds(30)) {
                (try await redis.execute(.empty, RedisCommand("CLIENT", "LIST")).text ?? "").contains("cmd=blpop")
            }
            try await redis.close(.empty)
            let code = await DriverFixture.code { try await blocking.value }
            #expect(["CONNECTION_LOST", "NOT_OPENED"].contains(code ?? ""), "\(code ?? "none")")
        }
    }

    @Test("A session with a broken connection does not continue on another one") func brokenSession() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await RedisFixture.with(proxy.port) { redis in
            try await redis.withSession(.empty) { session in
                _ = try await session.execute(.empty, RedisCommand("SELECT", "3"))
                proxy.reset()
                try await waitUntil(within: .seconds(30)) {
                    await DriverFixture.code { _ = try await session.execute(.empty, RedisCommand("GET", "a")) } != nil
                }
                let code = await DriverFixture.code { _ = try await session.execute(.empty, RedisCommand("GET", "a")) }
                #expect(code == "NO_CONNECTION")
            }
        }
    }

    @Test("A transaction is atomic among the commands of other tasks") func transactions() async throws {
        try await RedisFixture.with { redis in
            let key = DriverFixture.key("t")
            let replies = try await redis.transaction(
                .empty, [RedisCommand("SET", key, "1"), RedisCommand("INCR", key), RedisCommand("LPUSH", key, "x")])
            #expect(replies[0] == .status("OK") && replies[1] == .integer(2) && replies[2].errorCode == "WRONGTYPE")
            #expect(try await redis.transaction(.empty, []).isEmpty)
            // One that is refused beforehand leaves all undone.
            let code = await DriverFixture.code {
                _ = try await redis.transaction(.empty, [RedisCommand("SET", key, "9"), RedisCommand("NOSUCH")])
            }
            #expect(code == "ERR")
            #expect(try await redis.get(.empty, key) == Array("2".utf8))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let pair = try await redis.transaction(
                            .empty, [RedisCommand("SET", key, "\(number)"), RedisCommand("GET", key)])
                        #expect(pair[1].text == "\(number)")
                    }
                    group.addTask { try await redis.set(.empty, key, [0], ttl: nil) }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A scan returns all matching keys") func scan() async throws {
        try await RedisFixture.with { redis in
            let prefix = DriverFixture.key("scan")
            for number in 0..<250 { try await redis.set(.empty, "\(prefix).\(number)", [1], ttl: nil) }
            var found: Set<String> = []
            for try await key in redis.scan(.empty, match: "\(prefix).*", count: 10) { found.insert(key) }
            #expect(found == Set((0..<250).map { "\(prefix).\($0)" }))
            for try await _ in redis.scan(.empty, match: "\(prefix).none") { Issue.record("a key that does not match") }
        }
    }

    @Test("Messages arrive by channel and pattern until the subscription is cancelled") func subscribe() async throws {
        try await RedisFixture.with { redis in
            let name = DriverFixture.key("channel")
            let first = try await redis.subscribe(.empty, channels: [name], patterns: [])
            let second = try await redis.subscribe(.empty, channels: [name], patterns: [name + ".*"])
            #expect(try await redis.publish(.empty, name, [1]) == 1, "one connection for both")
            try await redis.publish(.empty, name + ".x", [2])
            let (one, two) = (NotificationReader(first), NotificationReader(second))
            #expect(try await one.next() == .message(channel: name, payload: [1]))
            #expect(try await two.next() == .message(channel: name, payload: [1]))
            #expect(try await two.next() == .message(channel: name + ".x", payload: [2]))
            first.cancel()
            #expect(try await one.next() == nil)
            try await redis.publish(.empty, name, [3])
            #expect(try await two.next() == .message(channel: name, payload: [3]))
            second.cancel()
            try await waitUntil(within: .seconds(30)) { try await redis.publish(.empty, name, [4]) == 0 }
        }
    }

    @Test("A first subscription without a connection fails within the time of a call") func firstSubscription()
        async throws
    {
        let proxy = try FaultProxy(to: RedisFixture.port())
        // Opening alone would try several times for `options.timeout` each.
        try await RedisFixture.with(proxy.port, ["options.command_timeout": "300", "options.timeout": "60000"]) {
            redis in
            proxy.set(.swallow)
            let time = await DriverFixture.time {
                let code = await DriverFixture.code {
                    _ = try await redis.subscribe(.empty, channels: ["c"], patterns: [])
                }
                #expect(code == "NO_CONNECTION")
            }
            #expect(time < DriverFixture.bound(after: .seconds(1)), "\(time)")
            proxy.set(.pass)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code {
                    try await redis.subscribe(.empty, channels: ["c"], patterns: []).cancel()
                } == nil
            }
        }
    }

    @Test("A subscription is renewed after its connection broke or was silently lost, and reports it")
    func resubscribe() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await RedisFixture.with(proxy.port, ["options.command_timeout": "400"]) { redis in
            let name = DriverFixture.key("channel")
            let subscription = try await redis.subscribe(.empty, channels: [name], patterns: [])
            let messages = NotificationReader(subscription)
            for number in UInt8(0)..<2 {
                if number == 0 {
                    proxy.reset()
                } else {
                    proxy.set(.swallow)
                    try await Task.sleep(for: .milliseconds(1500))
                    proxy.set(.pass)
                }
                #expect(try await messages.next() == .interrupted)
                _ = try await RedisFixture.with { try await $0.publish(.empty, name, [number]) }
                var next = try await messages.next()
                while next == .interrupted { next = try await messages.next() }
                #expect(next == .message(channel: name, payload: [number]))
            }
        }
    }

    @Test("A subscription survives a server restart that needs several connection attempts")
    func restart() async throws {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port, ["options.command_timeout": "1000"]) { redis in
            let subscription = try await redis.subscribe(.empty, channels: ["a"], patterns: ["b*"])
            let messages = NotificationReader(subscription)
            server.kill()
            try await Task.sleep(for: .milliseconds(1500))
            try await server.start()
            #expect(try await messages.next() == .interrupted)
            try await waitUntil(within: .seconds(30)) {
                await DriverFixture.code { try await redis.publish(.empty, "a", [1]) } == nil
            }
            try await redis.publish(.empty, "b1", [2])
            #expect(try await messages.next() == .message(channel: "a", payload: [1]))
            #expect(try await messages.next() == .message(channel: "b1", payload: [2]))
        }
    }

    @Test("A slow reader misses messages, which is reported") func slowReader() async {
        let subscription = RedisSubscription(channels: ["c"], patterns: []) { _ in }
        for number in 0..<1500 { subscription.deliver(.message(channel: "c", payload: [UInt8(number % 256)])) }
        var messages = subscription.makeAsyncIterator()
        for _ in 0..<1000 { _ = await messages.next() }
        subscription.deliver(.message(channel: "c", payload: [9]))
        #expect(await messages.next() == .interrupted)
        #expect(await messages.next() == .message(channel: "c", payload: [9]))
        subscription.cancel()
        #expect(await messages.next() == nil)
    }
}
#endif
