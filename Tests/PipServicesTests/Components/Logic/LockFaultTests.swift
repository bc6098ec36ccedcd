import PipServicesTesting
import Testing

@testable import PipServices

/// Locks on a store that fails, hangs or loses replies are always released, and no work continues beyond the lease.
@Suite struct LockFaultTests {
    private func lock(
        _ store: FaultyStore, _ config: ConfigParams = [:], _ clock: VirtualClock = VirtualClock()
    ) async throws -> (KeyValueLock, VirtualClock) {
        let lock = try await assemble(
            KeyValueLock(store), config: config, references: ["test:clock:virtual:default:1.0": clock])
        return (lock, clock)
    }

    @Test("A lock is released after the caller's deadline") func releaseAfterDeadline() async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store)
        let context = Context(deadline: .milliseconds(50))
        // Like drivers: a call after its deadline is not sent.
        store.onCall.withLock { action in
            action = { _, context in
                if let deadline = context.deadline, deadline <= clock.uptime {
                    throw ApplicationError.connection(code: "NO_ANSWER", "not sent")
                }
            }
        }
        try await lock.withLock(context, "k", ttl: .seconds(3), timeout: .zero) { _ in
            clock.advance(by: .milliseconds(60))
        }
        #expect(store.memory.get(.empty, "k") == nil)

        let lease = try #require(try await lock.tryAcquire(Context(deadline: .seconds(1)), "k", ttl: .seconds(300)))
        clock.advance(by: .seconds(2))
        #expect(try await lock.release(Context(deadline: .seconds(1)), lease))
    }

    @Test("A waiter for a lock waits at most until the deadline", arguments: [true, false])
    func waitEndsAtDeadline(isRemote: Bool) async throws {
        let clock = VirtualClock()
        let memory = try await assemble(MemoryLock(), references: ["test:clock:virtual:default:1.0": clock])
        let lock: any Lock = isRemote ? try await self.lock(FaultyStore(), [:], clock).0 : memory
        #expect(try await lock.tryAcquire(.empty, "k", ttl: .seconds(100_000)) != nil)
        let isDone = Locked(false)
        let waiting = Task {
            defer { isDone.withLock { $0 = true } }
            _ = try await lock.acquire(
                Context(deadline: .seconds(2)), "k", ttl: .seconds(1), timeout: .seconds(90_000))
        }
        try await waitUntil(within: .seconds(30)) {
            if clock.sleeperCount > 0 { clock.advance(by: .seconds(10)) }
            return isDone.current || clock.uptime > .seconds(80_000)
        }
        #expect(isDone.current)
        let error = await #expect(throws: ApplicationError.self) { try await waiting.value }
        #expect(error?.code == "LOCK_TIMEOUT")
    }

    @Test("A lock is released in a cancelled task") func releaseAfterCancellation() async throws {
        let store = FaultyStore()
        let (lock, _) = try await lock(store)
        let lease = try #require(try await lock.tryAcquire(.empty, "k", ttl: .seconds(300)))
        store.onCall.withLock { $0 = { _, _ in try Task.checkCancellation() } }
        let release = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await lock.release(.empty, lease)
        }
        #expect(try await release.value)
        #expect(store.memory.get(.empty, "k") == nil)
    }

    @Test("A release without a reply ends after 5 s") func releaseIsBounded() async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store)
        let lease = try #require(try await lock.tryAcquire(.empty, "k", ttl: .seconds(30)))
        store.onCall.withLock { $0 = { _, _ in await Never.reply() } }
        let release = Task { try await lock.release(.empty, lease) }
        try await waitUntil { clock.sleeperCount == 1 }
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: ApplicationError.self) { try await release.value }
        #expect(error?.code == "TIMEOUT")
    }

    @Test("If renewals get no reply, the body is cancelled when the lease ends") func bodyEndsWithLease() async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store)
        let cancelledAt = Locked<Duration?>(nil)
        let scope = Task {
            try await lock.withLock(.empty, "k", ttl: .seconds(3), timeout: .zero) { _ in
                store.onCall.withLock { $0 = { _, _ in await Never.reply() } }
                do {
                    try await clock.sleep(for: .seconds(1000))
                } catch {
                    cancelledAt.withLock { $0 = clock.uptime }
                    throw error
                }
            }
        }
        // The body, and the wait before a renewal or its timeout.
        while cancelledAt.current == nil {
            try await waitUntil { clock.sleeperCount == 2 || cancelledAt.current != nil }
            if cancelledAt.current == nil { clock.advance(by: .milliseconds(250)) }
        }
        #expect(cancelledAt.current == .seconds(3))
        // The release gets no reply either. The release and the wait for it both have timeouts.
        try await waitUntil { clock.sleeperCount == 2 }
        clock.advance(by: .seconds(5))
        let error = await #expect(throws: ApplicationError.self) { try await scope.value }
        #expect(error?.code == "LOCK_LOST")
    }

    @Test("Renewals continue after the caller's deadline") func renewalAfterDeadline() async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store)
        store.onCall.withLock { action in
            action = { _, context in
                if let deadline = context.deadline, deadline <= clock.uptime {
                    throw ApplicationError.connection(code: "NO_ANSWER", "not sent")
                }
            }
        }
        let (gate, open) = AsyncStream<Void>.makeStream()
        let scope = Task {
            try await lock.withLock(Context(deadline: .seconds(1)), "k", ttl: .seconds(3), timeout: .zero) { _ in
                for await _ in gate {}
                try Task.checkCancellation()
                return 1
            }
        }
        while store.calls.current["set", default: 0] < 20 {
            // The wait before a renewal, or its timeout: one step ends neither of them.
            try await waitUntil { clock.sleeperCount == 1 }
            clock.advance(by: .milliseconds(250))
        }
        #expect(clock.uptime > .seconds(10))
        open.finish()
        #expect(try await scope.value == 1)
    }

    /// After a lost reply, a cancellation, and a fencing token that could not be taken.
    @Test(
        "A lock without a known lease is released in the background",
        arguments: ["lost", "cancelled", "number"])
    func orphansAreReleased(kind: String) async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store, ["options.fencing": "\(kind == "number")"])
        store.afterCall.withLock { action in
            action = { name in
                switch (kind, name) {
                case ("lost", "add"): throw ApplicationError.connection(code: "CONNECTION_LOST", "lost")
                case ("cancelled", "add"): throw CancellationError()
                case ("number", "increment"): throw ApplicationError.connection(code: "NO_ANSWER", "none")
                default: return
                }
            }
        }
        await #expect(throws: (any Error).self) { _ = try await lock.tryAcquire(.empty, "k", ttl: .seconds(600)) }
        try await waitUntil { store.memory.get(.empty, "k") == nil }
        #expect(clock.uptime == .zero)
    }

    @Test("Any number of locks without a lease are released, one after the other, and once each")
    func manyOrphansAreReleased() async throws {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store)
        store.afterCall.withLock { action in
            action = { name in
                if name == "add" { throw ApplicationError.connection(code: "CONNECTION_LOST", "lost") }
            }
        }
        // More than may be released at the same time: the end of each makes room for another one.
        for _ in 0..<150 {
            await #expect(throws: ApplicationError.self) {
                _ = try await lock.tryAcquire(.empty, "k", ttl: .seconds(600))
            }
            try await waitUntil(within: .seconds(30)) { store.memory.get(.empty, "k") == nil }
        }
        #expect(clock.uptime == .zero)
    }

    @Test("A caller that gives up while the fencing token is taken leaves no lock") func cancelledNumber() async throws
    {
        let store = FaultyStore()
        let (lock, clock) = try await lock(store, ["options.fencing": "true"])
        let isNumbering = Locked(false)
        store.onCall.withLock { action in
            action = { name, _ in
                guard name == "increment" else { return }
                isNumbering.withLock { $0 = true }
                await Never.reply()
                try Task.checkCancellation()
            }
        }
        let acquisition = Task { try await lock.tryAcquire(.empty, "k", ttl: .seconds(600)) }
        try await waitUntil(within: .seconds(30)) { isNumbering.current }
        #expect(store.memory.get(.empty, "k") != nil)
        acquisition.cancel()
        await #expect(throws: CancellationError.self) { _ = try await acquisition.value }
        try await waitUntil(within: .seconds(30)) { store.memory.get(.empty, "k") == nil }
        #expect(clock.uptime == .zero)
        store.onCall.withLock { $0 = { _, _ in } }
        #expect(try await lock.tryAcquire(.empty, "k", ttl: .seconds(600))?.fencing == 1)
    }

    @Test("A rejected request leaves nothing to release") func refusedRequest() async throws {
        let store = FaultyStore()
        let (lock, _) = try await lock(store)
        let names = Locked<[String]>([])
        store.onCall.withLock { action in
            action = { name, _ in
                names.withLock { $0.append(name) }
                throw ApplicationError.badRequest(code: "BAD_KEY", "no")
            }
        }
        await #expect(throws: ApplicationError.self) { _ = try await lock.tryAcquire(.empty, "k", ttl: .seconds(600)) }
        for _ in 0..<1000 { await Task.yield() }
        #expect(names.current == ["add"])
    }
}

extension Never {
    /// Waits until the task is cancelled and continues for a while, like a call that ignores cancellation.
    fileprivate static func reply() async {
        let (never, _) = AsyncStream<Void>.makeStream()
        for await _ in never {}
    }
}

/// A store with actions before and after its calls.
private struct FaultyStore: KeyValueConnector {
    let memory = MemoryKeyValueConnector()
    let onCall = Locked<@Sendable (String, Context) async throws -> Void>({ _, _ in })
    let afterCall = Locked<@Sendable (String) throws -> Void>({ _ in })
    let calls = Locked<[String: Int]>([:])

    var capabilities: KeyValueCapabilities { memory.capabilities }
    var ttlResolution: Duration { memory.ttlResolution }

    private func call<Value>(_ name: String, _ context: Context, _ body: () async throws -> Value) async throws -> Value
    {
        try await onCall.current(name, context)
        let value = try await body()
        calls.withLock { $0[name, default: 0] += 1 }
        try afterCall.current(name)
        return value
    }

    func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        try await call("get", context) { memory.get(context, key) }
    }
    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        try await call("store", context) { memory.set(context, key, value, ttl: ttl) }
    }
    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        try await call("add", context) { memory.add(context, key, value, ttl: ttl) }
    }
    func delete(_ context: Context, _ key: String) async throws -> Bool {
        try await call("remove", context) { memory.delete(context, key) }
    }
    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        try await call("set", context) { memory.compareAndSet(context, key, expected: expected, value, ttl: ttl) }
    }
    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        try await call("delete", context) { memory.compareAndDelete(context, key, expected: expected) }
    }
    func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        try await call("increment", context) { try memory.increment(context, key, by: amount) }
    }
}
