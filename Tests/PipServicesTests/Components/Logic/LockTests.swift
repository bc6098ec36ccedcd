import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct LockTests {
    private func memoryLock() async throws -> (MemoryLock, VirtualClock) {
        let clock = VirtualClock()
        return (try await assemble(MemoryLock(), references: ["test:clock:virtual:default:1.0": clock]), clock)
    }

    private func keyValueLock(
        _ config: ConfigParams = [:], _ connector: any KeyValueConnector = MemoryKeyValueConnector()
    ) async throws -> (KeyValueLock, VirtualClock) {
        let clock = VirtualClock()
        let lock = try await assemble(
            KeyValueLock(connector), config: config, references: ["test:clock:virtual:default:1.0": clock])
        return (lock, clock)
    }

    @Test func waitingTasksAreWokenInOrderWithoutTimePassing() async throws {
        let (lock, clock) = try await memoryLock()
        let first = try #require(lock.tryAcquire(.empty, "k", ttl: .seconds(100)))
        let order = Locked<[Int]>([])
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<5 {
            tasks.append(
                Task {
                    let lease = try await lock.acquire(.empty, "k", ttl: .seconds(100), timeout: .seconds(50))
                    order.withLock { $0.append(number) }
                    lock.release(.empty, lease)
                })
            try await waitUntil(within: .seconds(30)) { lock.waiterCount == number + 1 }
        }
        lock.release(.empty, first)
        for task in tasks { try await task.value }
        #expect(order.current == [0, 1, 2, 3, 4])
        #expect(clock.uptime == .zero)
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test func whoWaitsIsWokenWhenTheLeaseEnds() async throws {
        let (lock, clock) = try await memoryLock()
        let first = try #require(lock.tryAcquire(.empty, "k", ttl: .seconds(10)))
        let waiting = Task { try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(100)) }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        _ = lock.renew(.empty, first, ttl: .seconds(20))
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        clock.advance(by: .seconds(19))
        #expect(lock.waiterCount == 1, "it was renewed")
        clock.advance(by: .seconds(1))
        #expect(try await waiting.value.validUntil == .seconds(21))
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test func aShorterLeaseOfTheNextHolderWakesToo() async throws {
        let (lock, clock) = try await memoryLock()
        let first = try #require(lock.tryAcquire(.empty, "k", ttl: .seconds(1000)))
        let second = Task { try await lock.acquire(.empty, "k", ttl: .seconds(5), timeout: .seconds(500)) }
        try await waitUntil(within: .seconds(30)) { lock.waiterCount == 1 }
        let third = Task { try await lock.acquire(.empty, "k", ttl: .seconds(5), timeout: .seconds(500)) }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 3 }
        lock.release(.empty, first)
        _ = try await second.value
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        clock.advance(by: .seconds(5))
        #expect(try await third.value.validUntil == .seconds(10))
    }

    @Test func aTimeoutNamesTheLock() async throws {
        let (lock, clock) = try await memoryLock()
        _ = lock.tryAcquire(.empty, "k", ttl: .seconds(1000))
        let waiting = Task {
            try await lock.acquireLock(Context(traceId: "t"), "k", ttl: .seconds(1), timeout: .seconds(3))
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        clock.advance(by: .milliseconds(2999))
        #expect(lock.waiterCount == 1)
        clock.advance(by: .milliseconds(1))
        let error = await #expect(throws: ApplicationError.self) { try await waiting.value }
        #expect(error?.code == "LOCK_TIMEOUT")
        #expect(error?.category == .conflict)
        #expect(error?.status == 409)
        #expect(error?.traceId == "t")
        #expect(error?.details["key"] == "k")
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test func whoIsCancelledLeavesTheLine() async throws {
        let (lock, clock) = try await memoryLock()
        let first = try #require(lock.tryAcquire(.empty, "k", ttl: .seconds(1000)))
        let cancelled = Task { try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(9)) }
        try await waitUntil(within: .seconds(30)) { lock.waiterCount == 1 }
        let patient = Task { try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(9)) }
        try await waitUntil(within: .seconds(30)) { lock.waiterCount == 2 }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        lock.release(.empty, first)
        _ = try await patient.value
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
        // A task that is already cancelled does not wait.
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(9))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(lock.waiterCount == 0)
    }

    @Test("When nobody waits any more, no timer is left") func noTimerIsLeft() async throws {
        let (lock, clock) = try await memoryLock()
        #expect(lock.tryAcquire(.empty, "k", ttl: .seconds(1000)) != nil)
        let waiting = Task { try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(9)) }
        // The end of the lease, and of the wait.
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 0 }
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.max) * 18])
    func nothingIsTooLong(_ long: Duration) async throws {
        // On the system clock, which must sleep for that time.
        let lock = MemoryLock()
        let first = try #require(lock.tryAcquire(.empty, "k", ttl: long))
        async let second = lock.acquire(.empty, "k", ttl: long, timeout: long)
        try await waitUntil(within: .seconds(30)) { lock.waiterCount == 1 }
        #expect(lock.renew(.empty, first, ttl: long) != nil)
        lock.release(.empty, first)
        lock.release(.empty, try await second)
        #expect(try await lock.withLock(.empty, "k", ttl: long, timeout: long) { _ in 1 } == 1)
    }

    @Test func whatIsReleasedByKeyIsWhatThisComponentAcquired() async throws {
        let connector = MemoryKeyValueConnector()
        let (one, _) = try await keyValueLock([:], connector)
        let (two, _) = try await keyValueLock([:], connector)
        #expect(try await one.tryAcquireLock(.empty, "k", ttl: .seconds(10)))
        try await two.releaseLock(.empty, "k")
        #expect(try await two.tryAcquireLock(.empty, "k", ttl: .seconds(10)) == false)
        try await one.releaseLock(.empty, "k")
        #expect(try await two.tryAcquireLock(.empty, "k", ttl: .seconds(10)))
    }

    @Test func theStoreIsAskedAboutOncePerRetryTimeout() async throws {
        let (lock, clock) = try await keyValueLock(["options.retry_timeout": "1000"])
        let lease = try #require(try await lock.tryAcquire(.empty, "k", ttl: .seconds(1000)))
        let waiting = Task { try await lock.acquire(.empty, "k", ttl: .seconds(1), timeout: .seconds(100)) }
        for _ in 0..<3 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            clock.advance(by: .milliseconds(499))
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .milliseconds(501))
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
        try await lock.release(.empty, lease)
        clock.advance(by: .seconds(1))
        _ = try await waiting.value
    }

    @Test func fencingNeedsAStoreThatKeepsNumbers() async throws {
        let (lock, _) = try await keyValueLock(["options.fencing": "true"], ForgetfulConnector())
        let error = await #expect(throws: ApplicationError.self) {
            try await lock.tryAcquire(.empty, "k", ttl: .seconds(1))
        }
        #expect(error?.code == "NO_FENCING")
        let (plain, _) = try await keyValueLock([:], ForgetfulConnector())
        #expect(try await plain.tryAcquire(.empty, "k", ttl: .seconds(1))?.fencing == nil)
    }

    @Test(arguments: [1, 2]) func aNumberThatCameTooLateIsNoLock(seconds: Int) async throws {
        let slow = SlowCounter()
        let (lock, clock) = try await keyValueLock(["options.fencing": "true"], slow)
        slow.whileCounting.withLock { $0 = { clock.advance(by: .seconds(seconds)) } }
        #expect(try await lock.tryAcquire(.empty, "k", ttl: .seconds(1)) == nil)
        slow.whileCounting.withLock { $0 = {} }
        // The lock that was acquired too late is released in the background.
        let next = Locked<LockLease?>(nil)
        try await waitUntil(within: .seconds(30)) {
            let handle = try await lock.tryAcquire(.empty, "k", ttl: .seconds(1))
            next.withLock { $0 = handle }
            return handle != nil
        }
        #expect(next.current?.fencing == 2)
    }

    @Test func aScopeIsCancelledWhenTheLockIsLost() async throws {
        let connector = MemoryKeyValueConnector()
        let (lock, clock) = try await keyValueLock([:], connector)
        let wasCancelled = Locked(false)
        let scope = Task {
            try await lock.withLock(.empty, "k", ttl: .seconds(30), timeout: .zero) { _ in
                do {
                    try await clock.sleep(for: .seconds(1000))
                } catch {
                    wasCancelled.withLock { $0 = true }
                    throw error
                }
            }
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        connector.delete(.empty, "k")
        clock.advance(by: .seconds(10))
        let error = await #expect(throws: ApplicationError.self) { try await scope.value }
        #expect(error?.code == "LOCK_LOST")
        #expect(error?.category == .conflict)
        #expect(wasCancelled.current)
    }

    @Test func aScopeReleasesWhenItIsCancelled() async throws {
        let (lock, clock) = try await memoryLock()
        let scope = Task {
            try await lock.withLock(.empty, "k", ttl: .seconds(30), timeout: .zero) { _ in
                try await clock.sleep(for: .seconds(1000))
            }
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 2 }
        scope.cancel()
        await #expect(throws: CancellationError.self) { try await scope.value }
        #expect(lock.tryAcquire(.empty, "k", ttl: .seconds(1)) != nil)
    }

    @Test func neverTwoHoldersOnManyThreads() async throws {
        // On the system clock, with leases that expire while others wait.
        let lock = MemoryLock()
        let (holders, worst) = (Locked(0), Locked(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    for round in 0..<50 {
                        let key = "\(round % 2)"
                        let lease: LockLease
                        do {
                            lease = try await lock.acquire(
                                .empty, "k", ttl: .seconds(60), timeout: .milliseconds(task % 4 == 0 ? 1 : 60_000))
                        } catch let error as ApplicationError where error.code == "LOCK_TIMEOUT" {
                            continue
                        }
                        let count = holders.withLock { holders in
                            holders += 1
                            return holders
                        }
                        worst.withLock { $0 = max($0, count) }
                        await Task.yield()
                        holders.withLock { $0 -= 1 }
                        lock.release(.empty, lease)
                        // Other keys do not interfere.
                        if let other = lock.tryAcquire(.empty, key, ttl: .milliseconds(1)) {
                            lock.release(.empty, other)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(worst.current == 1)
        #expect(lock.waiterCount == 0)
    }
}

/// A store like Memcached, which may evict values.
private struct ForgetfulConnector: KeyValueConnector {
    let memory = MemoryKeyValueConnector()
    var capabilities: KeyValueCapabilities { [] }
    var ttlResolution: Duration { .seconds(1) }
    func get(_ context: Context, _ key: String) -> [UInt8]? { memory.get(context, key) }
    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) {
        memory.set(context, key, value, ttl: ttl)
    }
    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) -> Bool {
        memory.add(context, key, value, ttl: ttl)
    }
    func delete(_ context: Context, _ key: String) -> Bool { memory.delete(context, key) }
    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) -> Bool { memory.compareAndSet(context, key, expected: expected, value, ttl: ttl) }
    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) -> Bool {
        memory.compareAndDelete(context, key, expected: expected)
    }
    func increment(_ context: Context, _ key: String, by amount: Int64) throws -> Int64 {
        try memory.increment(context, key, by: amount)
    }
}

/// A store with a hook in its increments.
private struct SlowCounter: KeyValueConnector {
    let whileCounting = Locked<@Sendable () -> Void>({})
    let memory = MemoryKeyValueConnector()
    var capabilities: KeyValueCapabilities { memory.capabilities }
    var ttlResolution: Duration { memory.ttlResolution }
    func get(_ context: Context, _ key: String) -> [UInt8]? { memory.get(context, key) }
    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) {
        memory.set(context, key, value, ttl: ttl)
    }
    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) -> Bool {
        memory.add(context, key, value, ttl: ttl)
    }
    func delete(_ context: Context, _ key: String) -> Bool { memory.delete(context, key) }
    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) -> Bool { memory.compareAndSet(context, key, expected: expected, value, ttl: ttl) }
    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) -> Bool {
        memory.compareAndDelete(context, key, expected: expected)
    }
    func increment(_ context: Context, _ key: String, by amount: Int64) throws -> Int64 {
        whileCounting.current()
        return try memory.increment(context, key, by: amount)
    }
}
