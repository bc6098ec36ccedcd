#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// The contract of queues on a real server.
@Suite struct RedisStreamContractTests {
    private static let time = ContractTime.real(unit: .milliseconds(500))

    @Test(arguments: MessageQueueContract(count: TestSize.isFull ? 100_000 : 2_000).cases)
    func stream(_ contractCase: ContractCase<any MessageQueue>) async throws {
        try await RedisFixture.with { connection in
            try await contractCase.run(time: Self.time) {
                let queue = RedisStreamMessageQueue(DriverFixture.key("queue"))
                let opened = try await RedisFixture.on(connection, queue, MessageQueueContract.config(Self.time))
                try await opened.open(.empty)
                return opened
            }
        }
    }

    @Test(arguments: MessageQueueContract(count: 500).cases)
    func publishAndSubscribe(_ contractCase: ContractCase<any MessageQueue>) async throws {
        // Redis bounds nothing there, and a peek does not wait for what is under way.
        guard !["a full queue", "a peek"].contains(where: contractCase.name.hasPrefix) else { return }
        try await RedisFixture.with { connection in
            try await contractCase.run(time: Self.time) {
                let queue = CachedMessageQueue(DriverFixture.key("topic"), RedisPubSubTransport())
                let config = MessageQueueContract.config(Self.time).override(["options.autosubscribe": "true"])
                let opened = try await RedisFixture.on(connection, queue, config)
                try await opened.open(.empty)
                return opened
            }
        }
    }
}

/// What a queue on a stream does when programs, servers and operators do not behave.
@Suite struct RedisStreamQueueTests {
    private func queue(
        _ connection: RedisConnection, _ name: String, _ config: ConfigParams = [:]
    ) async throws -> RedisStreamMessageQueue {
        let queue = try await RedisFixture.on(connection, RedisStreamMessageQueue(name), config)
        try await queue.open(.empty)
        return queue
    }

    private func send(_ queue: RedisStreamMessageQueue, _ texts: [String], group: String? = nil) async throws {
        for text in texts { try await queue.send(.empty, MessageEnvelope(.empty, "t", text, group: group)) }
    }

    private func keys(_ name: String) -> RedisStreamKeys { RedisStreamKeys(prefix: "queue:", queue: name) }

    /// All texts that are received until the queue is empty.
    private func drain(_ queue: RedisStreamMessageQueue, wait: Duration = .zero) async throws -> [String] {
        var texts: [String] = []
        while let message = try await queue.receive(.empty, waitTimeout: wait) {
            texts.append(message.messageAsString ?? "")
            try await queue.complete(.empty, message)
        }
        return texts
    }

    private func pendingCount(_ redis: RedisConnection, _ name: String) async throws -> Int64? {
        let command = RedisCommand("XPENDING", keys(name).stream, RedisStreamKeys.group)
        return try await redis.execute(.empty, command).array?.first?.integer
    }

    @Test("Messages of a killed consumer are delivered to another process, with their count")
    func killedConsumer() async throws {
        let name = DriverFixture.key("killed")
        // Its own connection, which is cut: nothing is settled, and nothing says goodbye.
        let dead = try await RedisFixture.connection()
        let first = try await queue(dead, name, ["options.lock_timeout": "1000"])
        try await send(first, (0..<10).map(String.init))
        for _ in 0..<4 { _ = try await first.receive(.empty, waitTimeout: .zero) }
        try await dead.close(.empty)
        try await RedisFixture.with { redis in
            let second = try await queue(redis, name, ["options.lock_timeout": "20000"])
            var counts: [String: Int] = [:]
            while counts.count < 10, let message = try await second.receive(.empty, waitTimeout: .seconds(20)) {
                counts[message.messageAsString ?? ""] = message.deliveryCount
                try await second.complete(.empty, message)
            }
            #expect(counts.filter { $0.value == 2 }.keys.sorted() == ["0", "1", "2", "3"])
            #expect(counts.count == 10)
            #expect(try await pendingCount(redis, name) == 0)
        }
    }

    @Test("Queues recover after the server lost its data, its consumer group or its scripts") func lostData()
        async throws
    {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port) { redis in
            let queue = try await queue(redis, "q", ["topic": "t"])
            for command in [
                RedisCommand("FLUSHALL"), RedisCommand("XGROUP", "DESTROY", keys("q").stream, RedisStreamKeys.group),
                RedisCommand("SCRIPT", "FLUSH"), RedisCommand("DEL", keys("q").stream),
            ] {
                try await send(queue, ["lost"])
                _ = try await queue.receive(.empty, waitTimeout: .zero)
                _ = try await redis.execute(.empty, command)
                try await send(queue, ["new"])
                let texts = try await drain(queue, wait: .milliseconds(200))
                #expect(texts.contains("new"), "\(command): \(texts)")
                try await queue.clear(.empty)
            }
            // A receiver that waits meanwhile is served too.
            let waiting = Task { try await queue.receive(.empty, waitTimeout: .seconds(30)) }
            try await waitUntil { queue.waiterCount == 1 }
            _ = try await redis.execute(.empty, RedisCommand("FLUSHALL"))
            try await send(queue, ["again"])
            #expect(try await waiting.value?.messageAsString == "again")
        }
    }

    @Test("Deleted or trimmed entries leave nothing pending, and do not block their group")
    func deletedEntries() async throws {
        try await RedisFixture.with { redis in
            let name = DriverFixture.key("deleted")
            let queue = try await queue(redis, name, ["options.lock_timeout": "500"])
            try await send(queue, ["a1", "a2", "a3"], group: "a")
            try await send(queue, ["x"])
            let head = try await queue.receive(.empty, waitTimeout: .zero)
            #expect(head?.messageAsString == "a1")
            #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "x")
            // The head of the group and what was received are gone, a follower remains.
            let entries =
                try await redis.execute(.empty, RedisCommand("XRANGE", keys(name).stream, "-", "+")).array ?? []
            let ids = entries.compactMap { $0.array?.first?.text }
            _ = try await redis.execute(.empty, RedisCommand("XDEL", keys(name).stream, ids[0], ids[1], ids[3]))
            #expect(try await drain(queue, wait: .seconds(3)) == ["a3"])
            #expect(try await pendingCount(redis, name) == 0)
            for key in [keys(name).locked, keys(name).ready, keys(name).groups, keys(name).members] {
                #expect(try await redis.execute(.empty, RedisCommand("EXISTS", key)) == .integer(0), "\(key)")
            }
        }
    }

    @Test("Entries that another program received and never settled are found") func foreignConsumer() async throws {
        try await RedisFixture.with { redis in
            let name = DriverFixture.key("foreign")
            let queue = try await queue(redis, name, ["options.lock_timeout": "300"])
            try await send(queue, ["left"])
            _ = try await redis.execute(
                .empty,
                RedisCommand("XREADGROUP", "GROUP", RedisStreamKeys.group, "other", "STREAMS", keys(name).stream, ">"))
            let texts = Locked<[String]>([])
            try await waitUntil(within: .seconds(30)) {
                let found = try await drain(queue, wait: .milliseconds(200))
                return texts.withLock { texts in
                    texts += found
                    return texts == ["left"]
                }
            }
        }
    }

    @Test("A foreign entry becomes a dead letter, and can be removed and replayed by its id") func foreignEntry()
        async throws
    {
        try await RedisFixture.with { redis in
            let name = DriverFixture.key("entry")
            let queue = try await queue(redis, name)
            _ = try await redis.execute(.empty, RedisCommand("XADD", keys(name).stream, "*", "temperature", "20"))
            _ = try await redis.execute(.empty, RedisCommand("XADD", keys(name).stream, "*", "m", "{bad"))
            #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
            let letters = try await queue.readDeadLetters(.empty, 10)
            #expect(letters.map(\.error.code) == ["BAD_MESSAGE", "BAD_MESSAGE"])
            #expect(try await queue.removeDeadLetters(.empty, ids: [letters[0].message.messageId]) == 1)
            #expect(try await queue.readDeadLetters(.empty, 10).count == 1)
        }
    }

    @Test("A message to a topic reaches all its queues, or none if one is full") func topic() async throws {
        try await RedisFixture.with { redis in
            let (topic, one, two) = (DriverFixture.key("topic"), DriverFixture.key("one"), DriverFixture.key("two"))
            let first = try await queue(redis, one, ["topic": topic])
            let second = try await queue(redis, two, ["topic": topic, "options.max_size": "2"])
            let sender = try await queue(
                redis, DriverFixture.key("three"),
                ["topic": topic, "options.max_size": "1", "options.send_timeout": "200"])
            try await send(sender, ["a"])
            #expect(await DriverFixture.code { try await send(sender, ["b"]) } == "QUEUE_FULL")
            for queue in [first, second, sender] { #expect(try await drain(queue) == ["a"]) }
            // One that is closed keeps its subscription; one that is deleted does not.
            try await second.close(.empty)
            try await send(sender, ["c"])
            let again = try await queue(redis, two, ["topic": topic])
            #expect(try await drain(again) == ["c"])
            let connector = try await RedisFixture.on(redis, RedisStreamConnector())
            try await connector.deleteQueue(.empty, two)
            #expect(try await !connector.readQueueNames(.empty).contains(two))
            #expect(
                await DriverFixture.code {
                    try await connector.publish(
                        .empty, MessageEnvelope(.empty, "t", "x"), to: .queue(two), timeout: .zero)
                } == "UNKNOWN_QUEUE")
        }
    }

    @Test("A receiver cancelled during its request returns the message without counting a delivery")
    func cancelledReceive() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let name = DriverFixture.key("cancelled")
        try await RedisFixture.with(proxy.port) { redis in
            let queue = try await queue(redis, name)
            try await send(queue, ["a"])
            proxy.set(.delay(.milliseconds(200)))
            let receiving = Task { try await queue.receive(.empty, waitTimeout: .seconds(10)) }
            try await Task.sleep(for: .milliseconds(100))
            receiving.cancel()
            #expect(await DriverFixture.code { _ = try await receiving.value } == "CANCELLED")
            proxy.set(.pass)
            let message = try await queue.receive(.empty, waitTimeout: .seconds(5))
            #expect(message?.deliveryCount == 1 && message?.messageAsString == "a")
        }
    }

    @Test("A settlement whose reply is lost is repeated") func lostReply() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await RedisFixture.with(proxy.port) { redis in
            let queue = try await queue(redis, DriverFixture.key("reply"))
            try await send(queue, ["a", "b"])
            for _ in 0..<2 {
                let message = try #require(await queue.receive(.empty, waitTimeout: .zero))
                proxy.cut(after: 1)
                try await queue.complete(.empty, message)
            }
            #expect(try await drain(queue).isEmpty)
        }
    }

    @Test("A sender waiting for room fails when its queue is closed") func closedWhileFull() async throws {
        try await RedisFixture.with { redis in
            let queue = try await queue(
                redis, DriverFixture.key("closed"), ["options.max_size": "1", "options.send_timeout": "600000"])
            try await send(queue, ["a"])
            let code = Locked<String?>(nil)
            let waiting = Task {
                let found = await DriverFixture.code { try await send(queue, ["b"]) }
                code.withLock { $0 = found ?? "sent" }
            }
            try await waitUntil(within: .seconds(30)) { queue.waiterCount == 1 }
            try await queue.close(.empty)
            defer { waiting.cancel() }
            try await waitUntil(within: .seconds(30)) { code.current != nil }
            #expect(code.current == "NOT_OPENED")
        }
    }

    @Test("A queue closed while it opens leaves no subscription behind") func endedWhileOpening() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await RedisFixture.with(proxy.port) { redis in
            let connector = try await RedisFixture.on(redis, RedisStreamConnector())
            let (first, name) = (DriverFixture.key("first"), DriverFixture.key("ended"))
            // The connection for subscriptions exists, and the scripts are known.
            try await connector.subscribe(.empty, first, MessageQueueOptions())
            // What is asked reaches the server a while before the answer comes back.
            proxy.set(.delay(.milliseconds(300)))
            let opening = Task { await DriverFixture.code { try await connector.subscribe(.empty, name, .init()) } }
            try await RedisFixture.with { direct in
                func subscribers() async throws -> RedisReply? {
                    let command = RedisCommand("PUBSUB", "NUMSUB", keys(name).channel)
                    return try await direct.execute(.empty, command).array?.last
                }
                try await waitUntil(within: .seconds(30)) { try await subscribers() == .integer(1) }
                try await connector.unsubscribe(.empty, name)
                proxy.set(.pass)
                #expect(await opening.value == "NOT_OPENED")
                try await waitUntil(within: .seconds(30)) { try await subscribers() == .integer(0) }
                // Another use of the same queue is not affected.
                try await connector.subscribe(.empty, name, MessageQueueOptions())
                #expect(try await subscribers() == .integer(1))
            }
            try await connector.unsubscribe(.empty, name)
            try await connector.unsubscribe(.empty, first)
        }
    }

    @Test("Messages wake receivers again after the subscription connection was lost") func wakeAfterCut()
        async throws
    {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let name = DriverFixture.key("wake")
        try await RedisFixture.with(proxy.port) { redis in
            let queue = try await queue(redis, name)
            proxy.reset()
            let waiting = Task {
                // The request itself may be lost with its connection.
                while !Task.isCancelled {
                    if let message = try? await queue.receive(.empty, waitTimeout: .seconds(60)) {
                        return message.messageAsString
                    }
                }
                return nil
            }
            try await RedisFixture.with { other in
                let sender = try await self.queue(other, name)
                try await send(sender, ["a"])
            }
            #expect(await waiting.value == "a")
        }
    }

    @Test("No numbered message is lost while the server is killed, paused and disconnected") func faults() async throws
    {
        let file = "pip-\(IdGenerator.nextLong()).aof"
        let server = try await ServerProcess.redis([
            "--appendonly", "yes", "--appendfsync", "always", "--appenddirname", file,
        ])
        let count = TestSize.isFull ? 1_000_000 : 2_000
        let proxy = try FaultProxy(to: server.port)
        try await RedisFixture.with(
            proxy.port, ["options.command_timeout": "500", "options.down_after": "60000"]
        ) { redis in
            let queue = try await queue(
                redis, "q", ["options.lock_timeout": "2000", "options.max_size": "10000000"])
            let (handled, isSent, isStopped) = (Locked<Set<String>>([]), Locked(false), Locked(false))
            let consumers = (0..<8).map { _ in
                Task {
                    while !isStopped.current {
                        if let message = try? await queue.receive(.empty, waitTimeout: .milliseconds(200)) {
                            let text = message.messageAsString ?? ""
                            handled.withLock { _ = $0.insert(text) }
                            try? await queue.complete(.empty, message)
                        } else {
                            try? await Task.sleep(for: .milliseconds(10))
                        }
                    }
                }
            }
            let faults = Task {
                var number = 0
                while !isSent.current {
                    // Far enough apart for the server to load its data.
                    try await Task.sleep(for: .milliseconds(TestSize.isFull ? 5000 : 400))
                    switch number % 3 {
                    case 0: proxy.reset()
                    case 1:
                        server.hang()
                        try await Task.sleep(for: .milliseconds(700))
                        server.goOn()
                    default:
                        server.kill()
                        try await server.start()
                    }
                    number += 1
                }
                return number
            }
            await withTaskGroup(of: Void.self) { group in
                for part in 0..<16 {
                    group.addTask {
                        for number in stride(from: part, to: count, by: 16) {
                            // What may have been sent or not is sent again: at least once.
                            while await DriverFixture.code({ try await self.send(queue, ["\(number)"]) }) != nil {
                                try? await Task.sleep(for: .milliseconds(20))
                            }
                            // Time for some faults, however fast the server is.
                            if !TestSize.isFull { try? await Task.sleep(for: .milliseconds(20)) }
                        }
                    }
                }
            }
            isSent.withLock { $0 = true }
            #expect(try await faults.value >= 3)
            try await waitUntil(within: .seconds(TestSize.isFull ? 1200 : 60)) { handled.current.count == count }
            isStopped.withLock { $0 = true }
            for consumer in consumers { await consumer.value }
            #expect(handled.current == Set((0..<count).map(String.init)))
            try await queue.close(.empty)
        }
    }

    @Test("Queues, groups and topics with colons in their names do not collide") func names() {
        let names = ["a", "a:b", "b:a", ":", "a:", ":a"]
        var all: [String] = []
        for name in names {
            let keys = RedisStreamKeys(prefix: "", queue: name)
            all += keys.all.filter { $0 != keys.names && $0 != keys.waiting }
            all += names.map { keys.waiting + $0 }
            all.append(RedisStreamKeys.topic("", name))
        }
        #expect(Set(all).count == all.count)
    }

    @Test(
        "A token consists of an id and a number",
        arguments: ["", "1-1", "1-1:", "1-:1", "a-1:1", "1-1:x", "1-1:1:1", "-:1"])
    func badToken(_ text: String) {
        #expect(RedisStreamToken(text) == nil)
        #expect(RedisStreamToken("12-0:3") == RedisStreamToken(id: "12-0", count: 3))
    }
}
#endif
