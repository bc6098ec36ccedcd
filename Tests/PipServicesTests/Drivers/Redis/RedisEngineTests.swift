#if PIP_REDIS
import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// The queue's admission, the back-off, and the lifetime of threads and descriptors.
@Suite struct RedisEngineTests {
    private func options(_ port: Int) -> RedisEngine.Options {
        var options = RedisEngine.Options()
        (options.address.host, options.address.port) = ("127.0.0.1", port)
        return options
    }

    @Test("A sleeping thread is woken once, not by each call")
    func oneWakeup() {
        var state = RedisState(calls: RedisCalls())
        let awake = state.takeWakeup()
        state.isAsleep = true
        let asleep = [state.takeWakeup(), state.takeWakeup()]
        #expect(!awake && asleep == [true, false])
    }

    @Test("A call without a connection, above the limits or after its deadline is refused")
    func admission() {
        var options = RedisEngine.Options()
        (options.maxQueue, options.maxQueueBytes) = (3, 100)
        var state = RedisState(calls: RedisCalls())
        func refusal(_ size: Int, limit: Int64 = .max) -> RedisFailure? {
            state.refusal(size: size, limit: limit, at: 50, options)
        }
        #expect(refusal(1) == .closed)
        (state.phase, state.reason) = (.disconnected, "why")
        #expect(refusal(1) == nil && refusal(1, limit: 51) == nil)
        #expect(refusal(1, limit: 50) == .unreachable("why"))
        state.phase = .connected
        #expect(refusal(1, limit: 50) == .notSent)
        #expect(refusal(101) == nil, "a large command alone")
        state.isClosing = true
        #expect(refusal(1) == .closed)
    }

    @Test("After the grace period without a connection, calls are refused at once")
    func downServer() {
        let options = RedisEngine.Options()
        var state = RedisState(calls: RedisCalls())
        (state.phase, state.reason, state.downTime) = (.disconnected, "why", 100)
        #expect(state.refusal(size: 1, limit: .max, at: 99, options) == nil)
        #expect(state.refusal(size: 1, limit: .max, at: 100, options) == .unreachable("why"))
        (state.phase, state.downTime) = (.connected, .max)
        #expect(!state.isDown(at: .max))
    }

    @Test("The back-off grows up to 3 s, and restarts after a reply")
    func backOff() {
        let random = SeededRandom(seed: 3)
        var reconnector = RedisReconnector()
        #expect(reconnector.dueTime == 0)
        for attempt in 1...40 {
            reconnector.start()
            #expect(reconnector.dueTime == .max, "one attempt at a time")
            reconnector.end(isConnected: false, at: 1_000_000_000, random: random)
            #expect(reconnector.attempts == attempt)
            let longest = min(Int64(attempt) * 100_000_000, 3_000_000_000)
            #expect((longest / 2...longest).contains(reconnector.dueTime - 1_000_000_000), "attempt \(attempt)")
        }
        reconnector.noteLoss(at: 7)
        #expect(reconnector.dueTime > 7, "the connection has answered nothing")
        reconnector.noteReply()
        reconnector.noteLoss(at: 7)
        #expect(reconnector.dueTime == 7 && reconnector.attempts == 0)
    }

    @Test("After the first connection, an attempt is limited to the time that calls may wait, or 1 s")
    func attemptTimeout() {
        var (reconnector, options) = (RedisReconnector(), RedisEngine.Options())
        #expect(reconnector.timeout(options) == .seconds(30))
        reconnector.start()
        reconnector.end(isConnected: true, at: 0, random: SeededRandom(seed: 1))
        #expect(reconnector.timeout(options) == .seconds(5))
        options.commandTimeout = .milliseconds(10)
        #expect(reconnector.timeout(options) == .seconds(1))
        options.connectTimeout = .milliseconds(300)
        #expect(reconnector.timeout(options) == .milliseconds(300))
    }

    @Test("Child processes do not inherit the socket, and it never blocks")
    func socketFlags() throws {
        let socket = try RedisDialer.dial(options(RedisFixture.port()), timeout: .seconds(20)).socket
        withExtendedLifetime(socket) {
            #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0)
        }
    }

    @Test("A peer that does not reply PONG to PING is not a Redis server")
    func otherPeer() throws {
        let server = try AnsweringServer { $0 }
        let error = #expect(throws: RedisConnectionError.self) {
            try RedisDialer.dial(options(server.port), timeout: .seconds(20))
        }
        #expect(error?.reason == "the peer is not a Redis server" && error?.isFinal == false)
    }

    @Test("A path that is too long for a socket is an error")
    func longPath() {
        var options = RedisEngine.Options()
        options.address.path = "/" + String(repeating: "x", count: 107)
        let error = #expect(throws: RedisConnectionError.self) {
            try RedisDialer.dial(options, timeout: .seconds(20))
        }
        #expect(error?.reason == "the path of the socket is too long")
        options.address.path = "/" + String(repeating: "x", count: 106)
        let missing = #expect(throws: RedisConnectionError.self) {
            try RedisDialer.dial(options, timeout: .seconds(20))
        }
        #expect(missing?.reason == "No such file or directory")
    }

    @Test("No thread runs before `open`, and a closed engine and its descriptors are released")
    func lifetime() async throws {
        var engine: RedisEngine? = try RedisEngine(
            options(RedisFixture.port()), clock: SystemClock(), random: SystemRandom())
        weak let released = engine
        #expect(engine?.state.withLock { $0.phase } == .stopped)
        let early = await engine?.call(RedisCommand("PING").bytes, deadline: nil)
        #expect(early == .failure(.closed))
        try await engine?.open()
        let reply = await engine?.call(RedisCommand("PING").bytes, deadline: nil)
        #expect(reply == .success(.status("PONG")))
        await engine?.close()
        let late = await engine?.call(RedisCommand("PING").bytes, deadline: nil)
        #expect(late == .failure(.closed))
        engine = nil
        // The thread may hold it for another moment.
        try await waitUntil { released == nil }
    }

    @Test("If several tasks open a connection concurrently, one connection remains")
    func openedTogether() async throws {
        // Its own server, since the clients are counted.
        let server = try await ServerProcess.redis()
        let redis = try await assemble(RedisConnection(), config: try RedisFixture.config(server.port))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await redis.open(.empty) } }
            try await group.waitForAll()
        }
        try await waitUntil {
            let clients = try await redis.execute(.empty, RedisCommand("CLIENT", "LIST")).text ?? ""
            return clients.split(whereSeparator: \.isNewline).count == 1
        }
        try await redis.close(.empty)
        #expect(!redis.isOpen)
    }
}
#endif
