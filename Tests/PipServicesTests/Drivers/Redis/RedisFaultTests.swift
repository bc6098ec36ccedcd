#if PIP_REDIS
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// What networks and servers do to those who depend on them. Each waiting call ends in time, and says what happened.
@Suite(.serialized) struct RedisFaultTests {
    /// A connection through a proxy to the server of the tests.
    private func through(
        _ proxy: FaultProxy, _ more: ConfigParams = [:], _ body: (RedisConnection) async throws -> Void
    ) async throws {
        try await RedisFixture.with(
            proxy.port, ConfigParams(["options.command_timeout": "400"]).override(more), body)
    }

    @Test func aServerThatSaysNothingIsGivenUpInTime() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await through(proxy) { redis in
            proxy.set(.swallow)
            let codes = Locked<[String?]>([])
            let time = await DriverFixture.time {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            let code = await DriverFixture.code { _ = try await redis.get(.empty, "k") }
                            codes.withLock { $0.append(code) }
                        }
                    }
                }
            }
            #expect(time < DriverFixture.bound(after: .milliseconds(400)), "\(time)")
            // Those that could not be sent any more wait for the next connection, as long as they want to.
            for code in codes.current {
                #expect(["NO_ANSWER", "CONNECTION_LOST", "NO_CONNECTION"].contains(code ?? ""), "\(code ?? "none")")
            }
            #expect(codes.current.contains("NO_ANSWER"))
            proxy.set(.pass)
            try await waitUntil { await DriverFixture.code { _ = try await redis.get(.empty, "k") } == nil }
        }
    }

    @Test func anAnswerThatComesTooLateReachesNobody() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await through(proxy, ["options.command_timeout": "5000"]) { redis in
            proxy.set(.delay(.milliseconds(300)))
            for number in 0..<5 {
                let context = Context(deadline: SystemClock().uptime + .milliseconds(50))
                #expect(
                    await DriverFixture.code { _ = try await redis.execute(context, RedisCommand("ECHO", "late")) }
                        == "NO_ANSWER")
                let waiting = Task { try await redis.execute(.empty, RedisCommand("ECHO", "gone")) }
                waiting.cancel()
                #expect(await DriverFixture.code { _ = try await waiting.value } == "CANCELLED")
                let answer = try await redis.execute(.empty, RedisCommand("ECHO", "\(number)"))
                #expect(answer.text == "\(number)")
            }
        }
    }

    @Test func aContextWhoseTimeIsOverSendsNothing() async throws {
        try await RedisFixture.with { redis in
            let key = DriverFixture.key("n")
            let context = Context(deadline: SystemClock().uptime - .seconds(1))
            #expect(await DriverFixture.code { _ = try await redis.increment(context, key, by: 1) } == "NO_ANSWER")
            let value = try await redis.get(.empty, key)
            #expect(value == nil)
        }
    }

    @Test func aBatchThatIsAbandonedKeepsItsPlace() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await through(proxy, ["options.command_timeout": "5000"]) { redis in
            proxy.set(.delay(.milliseconds(50)))
            let batch = Task {
                try await redis.pipeline(.empty, (0..<100).map { RedisCommand("ECHO", "\($0)") })
            }
            try await Task.sleep(for: .milliseconds(10))
            batch.cancel()
            #expect(await DriverFixture.code { _ = try await batch.value } == "CANCELLED")
            #expect(try await redis.execute(.empty, RedisCommand("ECHO", "x")).text == "x")
        }
    }

    @Test func aKilledServerFailsItsCallsAndIsFoundAgain() async throws {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port, ["options.command_timeout": "500"]) { redis in
            let blocking = Task {
                try await redis.execute(.empty, RedisCommand("BLPOP", ["none", "0"], isInternal: true))
            }
            // The server is at it as soon as a second client can see it.
            try await RedisFixture.with(server.port) { other in
                try await waitUntil {
                    try await other.execute(.empty, RedisCommand("CLIENT", "LIST")).text?.contains("cmd=blpop") ?? false
                }
            }
            server.kill()
            #expect(await DriverFixture.code { _ = try await blocking.value } == "CONNECTION_LOST")
            let time = try await DriverFixture.time { () async throws in
                let error = await #expect(throws: ApplicationError.self) { _ = try await redis.get(.empty, "k") }
                #expect(error?.code == "NO_CONNECTION")
                #expect(error?.message.contains("Connection refused") == true, "\(error?.message ?? "")")
            }
            #expect(time >= .milliseconds(400) && time < DriverFixture.bound(after: .milliseconds(500)), "\(time)")
            #expect(await DriverFixture.code { try await redis.checkReadiness(.empty) } == "NO_CONNECTION")
            // Those who come while it is away are served when it is back, if that is soon.
            let waiting = Task { try await redis.execute(Context(), RedisCommand("ECHO", "back")) }
            try await server.start()
            _ = try? await waiting.value
            let time2 = try await DriverFixture.time {
                try await waitUntil {
                    await DriverFixture.code { try await redis.checkReadiness(.empty) } == nil
                }
            }
            // The longest pause between two attempts is 3 s.
            #expect(time2 < DriverFixture.bound(after: .seconds(3)), "\(time2)")
        }
    }

    @Test func aServerThatReadsNoMoreKeepsNobodyBeyondItsTime() async throws {
        let server = try await ServerProcess.redis()
        try await RedisFixture.with(server.port, ["options.command_timeout": "120000"]) { redis in
            server.hang()
            // More than the system takes.
            let large = Task { try await redis.set(.empty, "large", [UInt8](repeating: 1, count: 64 << 20), ttl: nil) }
            for _ in 0..<3 {
                let time = await DriverFixture.time {
                    let context = Context(deadline: SystemClock().uptime + .milliseconds(100))
                    #expect(await DriverFixture.code { _ = try await redis.get(context, "k") } == "NO_ANSWER")
                }
                #expect(time < DriverFixture.bound(after: .milliseconds(100)), "\(time)")
            }
            server.goOn()
            try await large.value
            #expect(try await redis.get(.empty, "large")?.count == 64 << 20)
        }
    }

    @Test("A large command is sent while a large reply is received, even if the server alternates")
    func largeCommandAndLargeReplyAtOnce() async throws {
        // More than the system buffers in both directions of a connection.
        let size = 32 << 20
        let commands = [
            RedisCommand("LARGE"), RedisCommand("SET", "k", [UInt8](repeating: UInt8(ascii: "x"), count: size)),
        ]
        let left = Locked(commands.reduce(0) { $0 + $1.bytes.count })
        // The server sends all of a reply before it receives again.
        let server = try AnsweringServer { question in
            if question.contains("PING") { return "+PONG\r\n" }
            let isLast = left.withLock { left in
                left -= question.utf8.count
                return left == 0
            }
            let large = question.contains("LARGE") ? "$\(size)\r\n\(String(repeating: "y", count: size))\r\n" : ""
            return large + (isLast ? "+OK\r\n" : "")
        }
        try await RedisFixture.with(server.port, ["options.command_timeout": "60000"]) { redis in
            let replies = try await redis.pipeline(.empty, commands)
            #expect(replies.count == 2)
            #expect(replies.first?.bytes?.count == size)
            #expect(replies.last == .status("OK"))
            #expect(server.connections == 1)
        }
    }

    @Test func nothingGrowsWithoutBoundWhileTheServerIsAway() async throws {
        let server = try await ServerProcess.redis()
        let more: ConfigParams = [
            "options.command_timeout": "3000", "options.max_queue": "100", "options.max_queue_size": "100000",
            // Calls wait as long as they may, so that the queue fills.
            "options.down_after": "0",
        ]
        try await RedisFixture.with(server.port, more) { redis in
            server.kill()
            try await waitUntil { await DriverFixture.code { _ = try await redis.get(.empty, "k") } != nil }
            let codes = Locked<[String: Int]>([:])
            func flood(_ count: Int, _ size: Int) async {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<count {
                        group.addTask {
                            let value = [UInt8](repeating: 0, count: size)
                            let code = await DriverFixture.code { try await redis.set(.empty, "k", value, ttl: nil) }
                            codes.withLock { $0[code ?? "none", default: 0] += 1 }
                        }
                    }
                }
            }
            await flood(1000, 10)
            // On a busy machine some give up before others come, and leave their places to them.
            #expect(Set(codes.current.keys) == ["QUEUE_FULL", "NO_CONNECTION"], "\(codes.current)")
            #expect((100..<1000).contains(codes.current["NO_CONNECTION"] ?? 0), "\(codes.current)")
            codes.withLock { $0 = [:] }
            await flood(50, 30_000)
            #expect((3..<50).contains(codes.current["NO_CONNECTION"] ?? 0), "\(codes.current)")
            // Those that gave up have left their places.
            codes.withLock { $0 = [:] }
            await flood(100, 10)
            #expect(codes.current == ["NO_CONNECTION": 100])
        }
    }

    @Test func closingEndsAllThatWaits() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let redis = try await RedisFixture.connection(proxy.port)
        proxy.set(.swallow)
        let waiting = (0..<10).map { _ in Task { try await redis.get(.empty, "k") } }
        try await Task.sleep(for: .milliseconds(20))
        let time = try await DriverFixture.time { try await redis.close(.empty) }
        #expect(time < DriverFixture.bound(after: .zero), "\(time)")
        for task in waiting {
            let code = await DriverFixture.code { _ = try await task.value }
            #expect(["CONNECTION_LOST", "NOT_OPENED"].contains(code ?? ""), "\(code ?? "none")")
        }
    }

    @Test func openingFailsInTimeAndCanBeTriedAgain() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let config = try RedisFixture.config(proxy.port, ["options.timeout": "200", "options.retries": "1"])
        let redis = try await assemble(RedisConnection(), config: config)
        for mode in [FaultProxy.Mode.swallow, .swallowAnswers] {
            proxy.set(mode)
            let time = await DriverFixture.time {
                let code = await DriverFixture.code { try await redis.open(.empty) }
                #expect(code == "NO_CONNECTION")
            }
            // Two attempts, and a pause of at most 100 ms.
            #expect(time < DriverFixture.bound(after: .milliseconds(500)), "\(time)")
        }
        let opening = Task { try await redis.open(.empty) }
        opening.cancel()
        #expect(await DriverFixture.code { try await opening.value } == "CANCELLED")
        proxy.set(.pass)
        proxy.accept(false)
        #expect(await DriverFixture.code { try await redis.open(.empty) } == "NO_CONNECTION")
        proxy.accept(true)
        try await redis.open(.empty)
        try await redis.close(.empty)
    }

    @Test func allStepsOfConnectingHaveOneBound() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let more: ConfigParams = ["options.timeout": "1200", "options.retries": "0", "options.db_num": "1"]
        let redis = try await assemble(RedisConnection(), config: try RedisFixture.config(proxy.port, more))
        // To choose the database and to be answered once more takes 800 ms each: neither is too late by itself.
        proxy.set(.delay(.milliseconds(400)))
        let error = await #expect(throws: ApplicationError.self) { try await redis.open(.empty) }
        #expect(error?.code == "NO_CONNECTION")
        #expect(error?.message.contains("no answer in time") == true, "\(error?.message ?? "")")
        #expect(!redis.isOpen)
    }

    @Test func openingThatIsCancelledLateLeavesNothingOpen() async throws {
        let (isAsked, mayAnswer) = (Locked(false), Locked(false))
        defer { mayAnswer.withLock { $0 = true } }
        let server = try AnsweringServer { _ in
            isAsked.withLock { $0 = true }
            while !mayAnswer.current { usleep(500) }
            return "+PONG\r\n"
        }
        let executor = try HeldExecutor()
        defer { executor.stop() }
        let redis = try await assemble(RedisConnection(), config: try RedisFixture.config(server.port))
        let opening = Task(executorPreference: executor) { try await redis.open(.empty) }
        try await waitUntil { isAsked.current && executor.isIdle }
        executor.hold()
        mayAnswer.withLock { $0 = true }
        // The connection stands and the task has been told, but has not gone on.
        try await waitUntil { executor.waiting == 1 }
        opening.cancel()
        executor.release()
        let code = await DriverFixture.code { try await opening.value }
        #expect(code == "CANCELLED")
        #expect(!redis.isOpen)
        try await redis.open(.empty)
        try await redis.checkReadiness(.empty)
        try await redis.close(.empty)
    }

    /// A server that greets as Redis does, and gives one answer to `WRONG` and another to all else.
    private func server(whoseWrongAnswerIs wrong: String) throws -> AnsweringServer {
        try AnsweringServer { question in
            if question.contains("WRONG") { return wrong }
            return question.contains("PING") ? "+PONG\r\n" : "$4\r\nfine\r\n"
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "$-7\r\n", "*1\r\n*1\r\n?"])
    func whatIsNotOfTheProtocolBreaksTheConnection(_ wrong: String) async throws {
        let server = try server(whoseWrongAnswerIs: wrong)
        try await RedisFixture.with(server.port, ["options.command_timeout": "60000"]) { redis in
            for round in 1...2 {
                let error = await #expect(throws: ApplicationError.self) {
                    _ = try await redis.execute(.empty, RedisCommand("WRONG"))
                }
                #expect(error?.code == "CONNECTION_LOST")
                #expect(error?.message.contains("violated the protocol") == true, "\(error?.message ?? "")")
                let answer = try await redis.execute(.empty, RedisCommand("ECHO", "fine"))
                #expect(answer.text == "fine")
                #expect(server.connections == round + 1)
            }
        }
    }

    @Test func anAnswerThatNobodyAskedForBreaksTheConnection() async throws {
        let server = try server(whoseWrongAnswerIs: "$5\r\nfirst\r\n$6\r\nsecond\r\n")
        try await RedisFixture.with(server.port, ["options.command_timeout": "60000"]) { redis in
            for round in 1...2 {
                // Who asked has the first: it came in its turn.
                let first = try await redis.execute(.empty, RedisCommand("WRONG"))
                #expect(first.text == "first")
                // The longest pause before a connection is made anew is 3 s.
                try await waitUntil(within: DriverFixture.bound(after: .seconds(3))) {
                    server.connections == round + 1
                }
                let next = try await redis.execute(.empty, RedisCommand("ECHO", "fine"))
                #expect(next.text == "fine", "the second reaches nobody")
            }
        }
    }

    @Test func attemptsToConnectGrowApart() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await through(proxy) { redis in
            try await redis.checkReadiness(.empty)
            proxy.accept(false)
            let start = ContinuousClock.now
            proxy.reset()
            try await waitUntil { proxy.refusals >= 8 }
            // The first comes at once; between them are 50 ms, 100 ms and so on up to 350 ms, or up to twice as much.
            let took = ContinuousClock.now - start
            #expect(took >= .milliseconds(1400), "\(took)")
            proxy.accept(true)
            let back = try await DriverFixture.time {
                try await waitUntil { await DriverFixture.code { try await redis.checkReadiness(.empty) } == nil }
            }
            #expect(back < DriverFixture.bound(after: .seconds(3)), "\(back)")
        }
    }

    @Test func aLostAnswerToAddIsLookedUp() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        try await through(proxy, ["options.command_timeout": "20000"]) { redis in
            for value in ["mine", "another's"] {
                let key = DriverFixture.key()
                if value != "mine" { try await redis.set(.empty, key, DriverFixture.bytes(value), ttl: .seconds(600)) }
                proxy.loseAnswer(to: key)
                let isAdded = try await redis.add(.empty, key, DriverFixture.bytes("mine"), ttl: .seconds(600))
                #expect(isAdded == (value == "mine"))
                #expect(proxy.hasLostAnswer)
                #expect(try await redis.get(.empty, key) == DriverFixture.bytes(value))
            }
            // What may have been carried out is not sent again.
            let counter = DriverFixture.key()
            proxy.loseAnswer(to: counter)
            let code = await DriverFixture.code { _ = try await redis.increment(.empty, counter, by: 1) }
            #expect(code == "CONNECTION_LOST")
            #expect(try await redis.get(.empty, counter) == DriverFixture.bytes("1"))
        }
    }

    @Test func noAnswerReachesTheWrongCallerThroughResets() async throws {
        let proxy = try FaultProxy(to: RedisFixture.port())
        let (tasks, total) = (64, DriverFixture.isFull ? 1_000_000 : 40_000)
        // Only so that it ends at all: a slow machine needs many minutes for a million.
        let end = ContinuousClock.now + .seconds(1800)
        try await through(proxy, ["options.command_timeout": "5000"]) { redis in
            let (wrong, failed, done) = (Locked(0), Locked<[String: Int]>([:]), Locked(0))
            proxy.disturb(everyMilliseconds: 20..<200)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var number = 0
                        // As many as that are checked; those that fail come on top.
                        while done.current < total, ContinuousClock.now < end {
                            number += 1
                            let text = "\(task).\(number)"
                            do {
                                if number % 50 == 0 {
                                    let replies = try await redis.pipeline(
                                        .empty, [RedisCommand("ECHO", text), RedisCommand("ECHO", text + "b")])
                                    if replies.map(\.text) != [text, text + "b"] { wrong.withLock { $0 += 1 } }
                                } else {
                                    let reply = try await redis.execute(.empty, RedisCommand("ECHO", text))
                                    if reply.text != text { wrong.withLock { $0 += 1 } }
                                }
                                done.withLock { $0 += 1 }
                            } catch {
                                let code = (error as? ApplicationError)?.code ?? "\(error)"
                                failed.withLock { $0[code, default: 0] += 1 }
                            }
                        }
                    }
                }
            }
            proxy.disturb(everyMilliseconds: nil)
            #expect(wrong.current == 0)
            let codes = failed.current
            #expect(done.current >= total, "\(codes)")
            #expect(codes.values.reduce(0, +) < done.current, "\(codes)")
            #expect(Set(codes.keys).isSubset(of: ["CONNECTION_LOST", "NO_CONNECTION"]), "\(codes)")
            #expect(codes["CONNECTION_LOST"] ?? 0 > 0, "the resets were felt")
        }
    }
}
#endif
