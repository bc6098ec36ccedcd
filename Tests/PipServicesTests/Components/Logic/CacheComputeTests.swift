import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CacheComputeTests {
    private struct Failure: Error {}

    /// A store that can be unreachable.
    private struct Store: KeyValueConnector {
        let memory = MemoryKeyValueConnector()
        let isDown = Locked(false)
        let ttls = Locked<[Duration?]>([])
        var capabilities: KeyValueCapabilities { [] }
        var ttlResolution: Duration { .milliseconds(1) }

        private func check() throws {
            if isDown.current { throw ApplicationError.connection(code: "NO_CONNECTION", "down") }
        }
        func get(_ context: Context, _ key: String) throws -> [UInt8]? {
            try check()
            return memory.get(context, key)
        }
        func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) throws {
            try check()
            ttls.withLock { $0.append(ttl) }
            memory.set(context, key, value, ttl: ttl)
        }
        func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) throws -> Bool { false }
        func delete(_ context: Context, _ key: String) throws -> Bool {
            try check()
            return memory.delete(context, key)
        }
        func compareAndSet(
            _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
        ) -> Bool { false }
        func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) -> Bool { false }
        func increment(_ context: Context, _ key: String, by amount: Int64) -> Int64 { 0 }
    }

    private func cache(
        _ store: Store = Store(), _ config: ConfigParams = [:], _ counters: LogCounters = LogCounters(),
        _ clock: VirtualClock = VirtualClock()
    ) async throws -> KeyValueCache {
        try await assemble(
            KeyValueCache(store), config: config,
            references: [
                "test:clock:virtual:default:1.0": clock, "test:random:seeded:default:1.0": SeededRandom(seed: 3),
                "test:counters:log:default:1.0": counters,
            ])
    }

    @Test("A cache whose store can't be reached returns nothing, drops writes, and counts errors") func failsOpen()
        async throws
    {
        let (store, counters) = (Store(), LogCounters())
        let cache = try await cache(store, [:], counters)
        try await cache.store(.empty, "k", 1)
        #expect(try await cache.retrieve(.empty, "k") == 1)
        #expect(try await cache.retrieve(.empty, "other") == nil)
        store.isDown.withLock { $0 = true }
        #expect(try await cache.retrieve(.empty, "k") == nil)
        #expect(try await cache.store(.empty, "k", 2) == 2)
        try await cache.remove(.empty, "k")
        #expect(try await cache.getOrCompute(.empty, "k") { _ in 3 } == 3)
        #expect(counters["cache.default.hits"]?.count == 1)
        #expect(counters["cache.default.misses"]?.count == 3)
        #expect(counters["cache.default.errors"]?.count == 5)
    }

    @Test("With options.fail_open off, errors of the store are thrown") func failsClosed() async throws {
        let store = Store()
        let cache = try await cache(store, ["options.fail_open": "false"])
        store.isDown.withLock { $0 = true }
        for number in 0..<4 {
            let error = await #expect(throws: ApplicationError.self) {
                switch number {
                case 0: _ = try await cache.retrieve(.empty, "k")
                case 1: try await cache.store(.empty, "k", 1)
                case 2: try await cache.remove(.empty, "k")
                default: _ = try await cache.getOrCompute(.empty, "k") { _ in 1 }
                }
            }
            #expect(error?.code == "NO_CONNECTION")
        }
    }

    @Test("One of several concurrent callers computes; a cancelled caller leaves alone, and the last one cancels")
    func singleFlight() async throws {
        let cache = try await cache()
        let engine = try #require(cache.engine)
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (count, wasCancelled, deadlines) = (Locked(0), Locked(false), Locked<[Duration?]>([]))
        let compute: @Sendable (Context) async throws -> Int = { context in
            count.withLock { $0 += 1 }
            deadlines.withLock { $0.append(context.deadline) }
            for await _ in gate {}
            if Task.isCancelled { wasCancelled.withLock { $0 = true } }
            try Task.checkCancellation()
            return 7
        }
        let first = Task { try await cache.getOrCompute(.empty, "k", compute) }
        try await waitUntil { count.current == 1 }
        let others = (0..<5).map { _ in Task { try await cache.getOrCompute(.empty, "k", compute) } }
        try await waitUntil { engine.waiting == 6 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(engine.waiting == 5)
        #expect(engine.computing == 1)
        let late = await #expect(throws: ApplicationError.self) {
            try await cache.getOrCompute(Context(deadline: .zero), "k", compute)
        }
        #expect(late?.code == "TIMEOUT")
        open.finish()
        for task in others { #expect(try await task.value == 7) }
        #expect(count.current == 1)
        #expect(deadlines.current == [nil])
        #expect(engine.computing == 0)
        #expect(try await cache.retrieve(.empty, "k") == 7)

        let (second, _) = AsyncStream<Void>.makeStream()
        let alone = Task {
            try await cache.getOrCompute(.empty, "other") { _ in
                for await _ in second {}
                wasCancelled.withLock { $0 = Task.isCancelled }
                return 1
            }
        }
        try await waitUntil { engine.computing == 1 }
        alone.cancel()
        await #expect(throws: CancellationError.self) { try await alone.value }
        try await waitUntil { wasCancelled.current }
        #expect(engine.computing == 0)
    }

    @Test("A value whose key is removed during the computation is not stored", arguments: [true, false])
    func removalOutdatesComputation(isRemoved: Bool) async throws {
        let cache = try await cache()
        let (gate, end) = AsyncStream<Void>.makeStream()
        let computing = Task {
            try await cache.getOrCompute(.empty, "k") { _ in
                for await _ in gate {}
                return "old"
            }
        }
        try await waitUntil(within: .seconds(30)) { cache.engine?.computing == 1 }
        if isRemoved { try await cache.remove(.empty, "k") }
        end.finish()
        #expect(try await computing.value == "old")
        let next = try await cache.getOrCompute(.empty, "k") { _ in "new" }
        #expect(next == (isRemoved ? "new" : "old"))
    }

    @Test("All waiting callers receive the error of the computation, and the next caller computes again")
    func errorsAreShared()
        async throws
    {
        let cache = try await cache()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let isStarted = Locked(false)
        let tasks = (0..<3).map { _ in
            Task {
                try await cache.getOrCompute(.empty, "k") { _ -> Int in
                    isStarted.withLock { $0 = true }
                    for await _ in gate {}
                    throw Failure()
                }
            }
        }
        try await waitUntil { isStarted.current }
        open.finish()
        for task in tasks { await #expect(throws: Failure.self) { _ = try await task.value } }
        #expect(try await cache.getOrCompute(.empty, "k") { _ in 2 } == 2)
    }

    @Test("The time to live of computed values is shortened at random, by at most ttl_jitter percent") func jitter()
        async throws
    {
        let store = Store()
        let cache = try await cache(store, ["options.ttl_jitter": "20"])
        for number in 0..<100 {
            _ = try await cache.getOrCompute(.empty, "\(number)", timeout: .seconds(100)) { _ in number }
        }
        let ttls = store.ttls.current.compactMap { $0 }
        #expect(ttls.allSatisfy { $0 >= .seconds(80) && $0 <= .seconds(100) }, "seed 3")
        #expect(Set(ttls).count > 90)
        let plain = try await self.cache(store, ["options.ttl_jitter": "0"])
        _ = try await plain.getOrCompute(.empty, "plain", timeout: .seconds(5)) { _ in 1 }
        #expect(store.ttls.current.last == .seconds(5))
    }

    @Test("If computing fails, a stale value is returned for staleFor, but not after it was removed")
    func staleIfError() async throws {
        let (clock, counters) = (VirtualClock(), LogCounters())
        let cache = try await assemble(
            MemoryCache(), config: ["options.ttl_jitter": "0"],
            references: ["test:clock:virtual:default:1.0": clock, "test:counters:log:default:1.0": counters])
        @Sendable func value(_ staleFor: Duration?) async throws -> Int {
            try await cache.getOrCompute(.empty, "k", timeout: .seconds(10), staleFor: staleFor) { _ in throw Failure()
            }
        }
        _ = try await cache.getOrCompute(.empty, "k", timeout: .seconds(10), staleFor: .seconds(60)) { _ in 5 }
        clock.advance(by: .seconds(69))
        #expect(try await value(.seconds(60)) == 5)
        await #expect(throws: Failure.self) { _ = try await value(nil) }
        clock.advance(by: .seconds(1))
        await #expect(throws: Failure.self) { _ = try await value(.seconds(60)) }
        #expect(counters["cache.default.stale_hits"]?.count == 1)

        _ = try await cache.getOrCompute(.empty, "k", timeout: .seconds(10), staleFor: .seconds(60)) { _ in 6 }
        cache.remove(.empty, "k")
        await #expect(throws: Failure.self) { _ = try await value(.seconds(60)) }
    }

    @Test("A computation that is outdated does not end the one that began after it") func outdatedComputation()
        async throws
    {
        let cache = try await cache()
        func compute(_ value: String) -> (task: Task<String, any Error>, end: AsyncStream<Void>.Continuation) {
            let (gate, end) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await cache.getOrCompute(.empty, "k") { _ in
                    for await _ in gate {}
                    return value
                }
            }
            return (task, end)
        }
        let old = compute("old")
        try await waitUntil(within: .seconds(30)) { cache.engine?.computing == 1 }
        try await cache.remove(.empty, "k")
        #expect(cache.engine?.computing == 0)
        let new = compute("new")
        try await waitUntil(within: .seconds(30)) { cache.engine?.computing == 1 }
        old.end.finish()
        #expect(try await old.task.value == "old")
        // It goes on for all that ask meanwhile.
        #expect(cache.engine?.computing == 1)
        new.end.finish()
        #expect(try await new.task.value == "new")
    }

    @Test("A value that has expired is no hit") func expiredValues() async throws {
        let (counters, clock) = (LogCounters(), VirtualClock())
        let cache = try await assemble(
            MemoryCache(),
            references: ["test:counters:log:default:1.0": counters, "test:clock:virtual:default:1.0": clock])
        cache.store(.empty, "k", 1, timeout: .seconds(1))
        clock.advance(by: .seconds(1))
        #expect(try cache.retrieve(.empty, "k", as: Int.self) == nil)
        #expect(counters["cache.default.misses"]?.count == 1)
        #expect(counters["cache.default.hits"] == nil)
    }

    @Test("Evicted values are counted") func evictions() async throws {
        let counters = LogCounters()
        let cache = try await assemble(
            MemoryCache(), config: ["options.max_size": "2"], references: ["test:counters:log:default:1.0": counters])
        for number in 0..<5 { try await cache.store(.empty, "\(number)", number) }
        #expect(counters["cache.default.evictions"]?.count == 3)
    }

    @Test("A nil value is computed each time, and a stored value of another type is replaced") func otherValues()
        async throws
    {
        let cache = try await cache()
        let count = Locked(0)
        for _ in 0..<2 {
            let none: Int? = try await cache.getOrCompute(.empty, "k") { _ -> Int? in
                count.withLock { $0 += 1 }
                return nil
            }
            #expect(none == nil)
        }
        #expect(count.current == 2)
        try await cache.store(.empty, "k", "text")
        #expect(try await cache.getOrCompute(.empty, "k") { _ in [1] } == [1])
        #expect(try await cache.retrieve(.empty, "k", as: [Int].self) == [1])
    }
}
