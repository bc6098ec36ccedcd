import Glibc
import PipServicesTesting
import Testing

@testable import PipServices

/// The pool with clients that need no server.
@Suite struct MemcachedPoolTests {
    typealias Counts = StubMemcachedClient.Counts

    /// Opens a pool for the time of a test, and checks that closing it leaves no client.
    private func withPool(
        _ options: MemcachedOptions, clock: any ClockSource = SystemClock(),
        get: @escaping StubMemcachedClient.Get, _ body: (MemcachedPool, Locked<Counts>) async throws -> Void
    ) async throws {
        let counts = Locked(Counts())
        let pool = try MemcachedPool([MemcachedServer(host: "a", port: 1)], options, clock: clock) {
            (_, view) throws(MemcachedFault) in StubMemcachedClient(view, counts, get: get)
        }
        try pool.start()
        do {
            try await body(pool, counts)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        #expect(counts.current.open == 0, "the threads have ended and closed their connections")
    }

    private func get(
        _ pool: MemcachedPool, _ key: String, deadline: Duration? = nil
    ) async throws -> [UInt8]? {
        try await pool.execute(MemcachedOperation("get", key, .empty), deadline: deadline) {
            client throws(MemcachedFault) in try client.get(key)
        }
    }

    @Test("Each of many callers receives its own result, on at most pool_size threads") func results() async throws {
        let (active, most) = (Locked(0), Locked(0))
        // A thread that rests for long opens its connection again.
        try await withPool(MemcachedOptions(poolSize: 4, idle: .seconds(600))) { (_, key) throws(MemcachedFault) in
            let now = active.withLock { active in
                active += 1
                return active
            }
            most.withLock { $0 = max($0, now) }
            defer { active.withLock { $0 -= 1 } }
            return DriverFixture.bytes(key)
        } _: { pool, counts in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        for round in 0..<200 {
                            let key = "\(task).\(round)"
                            let call = Task { try await self.get(pool, key) }
                            if round % 7 == 0 { call.cancel() }
                            switch await call.result {
                            case .success(let value): #expect(value == DriverFixture.bytes(key))
                            case .failure(let error): #expect(error is CancellationError && round % 7 == 0)
                            }
                        }
                    }
                }
            }
            try await waitUntil { pool.load == 0 }
            #expect((1...4).contains(most.current))
            #expect(counts.current.created <= 4)
        }
    }

    @Test("A call whose caller stopped waiting keeps neither its value nor its place") func abandonedCalls()
        async throws
    {
        let (isBlocked, executed) = (Locked(true), Locked(0))
        try await withPool(MemcachedOptions(poolSize: 1, maxPending: 2)) { (_, key) throws(MemcachedFault) in
            while key == "first", isBlocked.current { usleep(1000) }
            return nil
        } _: { pool, _ in
            let first = Task { try await self.get(pool, "first") }
            try await waitUntil(within: .seconds(30)) { pool.load == 1 }
            for number in 0..<2 {
                weak var value: Value?
                do {
                    let stored = Value()
                    value = stored
                    let call = Task { [stored] in
                        try await pool.execute(MemcachedOperation("set", "k", .empty)) { _ throws(MemcachedFault) in
                            withExtendedLifetime(stored) { executed.withLock { $0 += 1 } }
                        }
                    }
                    try await waitUntil(within: .seconds(30)) { pool.load == 2 + number }
                    call.cancel()
                    await #expect(throws: CancellationError.self) { try await call.value }
                }
                try await waitUntil(within: .seconds(30)) { value == nil }
            }
            // The queue is full of calls that nobody waits for.
            let last = Task { try await self.get(pool, "last") }
            try await waitUntil(within: .seconds(30)) { pool.load == 2 }
            isBlocked.withLock { $0 = false }
            #expect(try await first.value == nil)
            #expect(try await last.value == nil)
            #expect(executed.current == 0)
        }
    }

    private final class Value: Sendable {}

    @Test("Sequential calls use few threads") func reusesThread() async throws {
        try await withPool(MemcachedOptions(poolSize: 20)) { (_, _) in
            nil
        } _: { pool, counts in
            for _ in 0..<200 { _ = try await get(pool, "k") }
            // One, except when a thread was still busy with its last call.
            #expect(counts.current.created <= 10, "\(counts.current)")
        }
    }

    @Test("Nothing is executed before the pool is started") func startsExplicitly() async throws {
        let pool = try MemcachedPool([], MemcachedOptions(timeout: .seconds(600)), clock: SystemClock()) {
            (_, view) throws(MemcachedFault) in StubMemcachedClient(view)
        }
        let call = Task { try await get(pool, "k") }
        try await waitUntil { pool.load == 1 }
        for _ in 0..<1000 { await Task.yield() }
        #expect(pool.load == 1)
        try pool.start()
        #expect(try await call.value == nil)
        await pool.close()
    }

    @Test("A client is reused only without unread replies", arguments: MemcachedFault.Kind.allCases)
    func discardsClient(kind: MemcachedFault.Kind) async throws {
        let options = MemcachedOptions(poolSize: 1, failures: 100)
        try await withPool(options) { (client, key) throws(MemcachedFault) in
            if key == "bad" { throw MemcachedFault(kind: kind, reason: "test", server: 0) }
            return [UInt8(client.number)]
        } _: { pool, counts in
            await #expect(throws: ApplicationError.self) { try await get(pool, "bad") }
            let usable: Set<MemcachedFault.Kind> = [.serverDown, .notANumber, .outOfRange]
            let number = try await get(pool, "good")?.first
            // A failed server ends the epoch of all clients, whatever became of this one.
            #expect(number == (usable.contains(kind) ? 1 : 2))
            #expect(counts.current.open == 1)
        }
    }

    @Test("A cancelled call abandons its wait, not the client") func cancelsWaitOnly() async throws {
        let gate = try Wakeup()
        let executed = Locked<[String]>([])
        try await withPool(MemcachedOptions(poolSize: 1)) { (client, key) throws(MemcachedFault) in
            executed.withLock { $0.append(key) }
            if key == "slow" { gate.wait() }
            try client.checkIsAwaited()
            return [UInt8(client.number)]
        } _: { pool, counts in
            let slow = Task { try await get(pool, "slow") }
            try await waitUntil { executed.current == ["slow"] }
            let queued = Task { try await get(pool, "queued") }
            try await waitUntil { pool.load == 2 }
            queued.cancel()
            slow.cancel()
            await #expect(throws: CancellationError.self) { try await slow.value }
            await #expect(throws: CancellationError.self) { try await queued.value }
            #expect(counts.current.open == 1, "the thread still uses the client")
            gate.wake()
            // The cancelled call has found that it is not awaited, and its client is closed.
            #expect(try await get(pool, "next") == [2])
            #expect(executed.current == ["slow", "next"], "a call that was cancelled in the queue is not executed")
        }
    }

    @Test("An expired call fails, whether waiting or executing") func deadlines() async throws {
        let (clock, gate) = (VirtualClock(), try Wakeup())
        let executed = Locked<[String]>([])
        let options = MemcachedOptions(poolSize: 1, timeout: .seconds(10))
        try await withPool(options, clock: clock) { (client, key) throws(MemcachedFault) in
            executed.withLock { $0.append("\(key) \(client.timeout)") }
            if key == "slow" { gate.wait() }
            return nil
        } _: { pool, _ in
            let slow = Task { try await get(pool, "slow", deadline: .seconds(2)) }
            try await waitUntil { executed.current == ["slow 2000"] }
            let queued = Task { try await get(pool, "queued", deadline: .seconds(1)) }
            let patient = Task { try await get(pool, "patient") }
            try await waitUntil { pool.load == 3 }
            for call in [queued, slow] {
                try await waitUntil { clock.sleeperCount == 1 }
                clock.advance(by: .seconds(1))
                let error = await #expect(throws: ApplicationError.self) { try await call.value }
                #expect(error?.code == "TIMEOUT")
            }
            gate.wake()
            _ = try await patient.value
            #expect(executed.current == ["slow 2000", "patient 8000"])
            let code = await DriverFixture.code { _ = try await get(pool, "late", deadline: clock.uptime) }
            #expect(code == "TIMEOUT")
            #expect(executed.current.count == 2)
        }
    }

    @Test("The deadline of a context does not extend the timeout") func deadlineOfContext() async throws {
        try await withPool(MemcachedOptions(timeout: .seconds(3)), clock: VirtualClock()) { (_, _) in
            nil
        } _: { pool, _ in
            #expect(pool.deadline(of: .empty) == .seconds(3))
            #expect(pool.deadline(of: Context(deadline: .seconds(1))) == .seconds(1))
            #expect(pool.deadline(of: Context(deadline: .seconds(5))) == .seconds(3))
        }
    }

    @Test("A call beyond max_pending fails with QUEUE_FULL") func queueIsBounded() async throws {
        let gate = try Wakeup()
        try await withPool(MemcachedOptions(poolSize: 1, maxPending: 2)) { (_, _) throws(MemcachedFault) in
            gate.wait()
            return nil
        } _: { pool, _ in
            let calls = (0..<3).map { _ in Task { try await get(pool, "k") } }
            try await waitUntil { pool.load == 3 }
            let code = await DriverFixture.code { _ = try await get(pool, "k") }
            #expect(code == "QUEUE_FULL")
            // The gate opens once per call.
            try await waitUntil {
                gate.wake()
                return pool.load == 0
            }
            for call in calls { #expect(try await call.value == nil) }
        }
    }

    @Test("Closing fails all calls with NOT_OPENED") func closingFailsCalls() async throws {
        let gate = try Wakeup()
        try await withPool(MemcachedOptions(poolSize: 1)) { (_, _) throws(MemcachedFault) in
            gate.wait()
            return nil
        } _: { pool, _ in
            let calls = (0..<2).map { _ in Task { try await get(pool, "k") } }
            try await waitUntil { pool.load == 2 }
            pool.shutDown()
            for call in calls {
                let code = await DriverFixture.code { _ = try await call.value }
                #expect(code == "NOT_OPENED")
            }
            let code = await DriverFixture.code { _ = try await get(pool, "k") }
            #expect(code == "NOT_OPENED")
            gate.wake()
        }
    }

    @Test("Closing waits for a blocked thread at most options.timeout") func closingIsBounded() async throws {
        let (clock, gate) = (VirtualClock(), try Wakeup())
        let counts = Locked(Counts())
        let pool = try MemcachedPool([], MemcachedOptions(timeout: .seconds(7)), clock: clock) {
            (_, view) throws(MemcachedFault) in
            StubMemcachedClient(view, counts) { (_, _) throws(MemcachedFault) in
                gate.wait()
                return nil
            }
        }
        try pool.start()
        let call = Task { try await get(pool, "k") }
        try await waitUntil { counts.current.open == 1 }
        let isClosed = Locked(false)
        let closing = Task {
            await pool.close()
            isClosed.withLock { $0 = true }
        }
        await #expect(throws: ApplicationError.self) { try await call.value }
        try await waitUntil { clock.sleeperCount == 1 }
        clock.advance(by: .milliseconds(6999))
        for _ in 0..<1000 { await Task.yield() }
        #expect(!isClosed.current)
        clock.advance(by: .milliseconds(1))
        await closing.value
        #expect(counts.current.open == 1, "the thread is still in its call")
        gate.wake()
        try await waitUntil { counts.current.open == 0 }
    }

    @Test("Calls to an unresponsive server leave threads for another server") func othersAreServed() async throws {
        let gate = Locked(false)
        let pool = try MemcachedPool(
            [MemcachedServer(host: "a", port: 1), MemcachedServer(host: "b", port: 2)],
            MemcachedOptions(poolSize: 5, timeout: .seconds(600)), clock: SystemClock()
        ) { (_, view) throws(MemcachedFault) in
            StubMemcachedClient(view) { (_, key) throws(MemcachedFault) in
                while key.hasPrefix("b"), !gate.current { usleep(1000) }
                return DriverFixture.bytes(key)
            }
        }
        try pool.start()
        @Sendable func get(_ key: String) async throws -> [UInt8]? {
            try await pool.execute(MemcachedOperation("get", key, .empty), key: key) {
                client throws(MemcachedFault) in try client.get(key)
            }
        }
        let stuck = (0..<20).map { number in Task { try await get("b\(number)") } }
        try await waitUntil { pool.load == 20 }
        for number in 0..<100 { #expect(try await get("a\(number)") == DriverFixture.bytes("a\(number)")) }
        #expect(pool.load == 20)
        gate.withLock { $0 = true }
        for (number, task) in stuck.enumerated() { #expect(try await task.value == DriverFixture.bytes("b\(number)")) }
        await pool.close()
    }

    @Test("A server that had little time is not marked as failed") func shortTimeIsNoFailure() async throws {
        let clock = VirtualClock()
        let options = MemcachedOptions(timeout: .seconds(10), failures: 1)
        try await withPool(options, clock: clock) { (_, _) throws(MemcachedFault) in
            throw MemcachedFault(kind: .timedOut, reason: "test", server: 0)
        } _: { pool, _ in
            await #expect(throws: ApplicationError.self) { try await get(pool, "k", deadline: .seconds(4)) }
            #expect(pool.view(at: .zero).down.isEmpty)
            await #expect(throws: ApplicationError.self) { try await get(pool, "k", deadline: .seconds(5)) }
            #expect(pool.view(at: .zero).down == [0])
        }
    }

    @Test("A reply makes a doubtful server trusted again") func successResetsFailures() async throws {
        try await withPool(MemcachedOptions(poolSize: 1)) { (client, key) throws(MemcachedFault) in
            client.contactedServers = [0]
            if key == "bad" { throw MemcachedFault(kind: .connectionFailed, reason: "test", server: 0) }
            return nil
        } _: { pool, _ in
            await #expect(throws: ApplicationError.self) { try await get(pool, "bad") }
            #expect(pool.view(at: .zero).isDoubtful)
            _ = try await get(pool, "good")
            try await waitUntil { !pool.view(at: .zero).isDoubtful }
        }
    }

    @Test("An idle client retains no finished call") func releasesFinishedCall() async throws {
        final class Token: Sendable {}
        struct Weak { weak var token: Token? }
        try await withPool(MemcachedOptions(poolSize: 1)) { (_, _) in
            nil
        } _: { pool, counts in
            func call() async throws -> Weak {
                let token = Token()
                try await pool.execute(MemcachedOperation("get", "k", .empty)) { client throws(MemcachedFault) in
                    withExtendedLifetime(token) {}
                    _ = try client.get("k")
                }
                return Weak(token: token)
            }
            let weak = try await call()
            try await waitUntil(within: .seconds(30)) { weak.token == nil }
            #expect(counts.current.open == 1)
        }
    }
}
