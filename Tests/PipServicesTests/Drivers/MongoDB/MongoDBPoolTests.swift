import Dispatch
import PipServicesTesting
import Testing

@testable import PipServices

/// The threads and their queue, with clients that a test holds up.
@Suite struct MongoDBPoolTests {
    /// A client that answers nothing but what a call's work says.
    private final class IdleClient: MongoDBClient {
        func run(_ command: MongoDBCommand) throws(MongoDBFault) -> BSONDocument { ["ok": 1] }
        func insert(_ collection: String, _ documents: [BSONDocument]) throws(MongoDBFault) {}
        func replace(
            _ collection: String, _ replacements: [MongoDBReplacement]
        ) throws(MongoDBFault) -> BSONDocument { [:] }
        func modify(
            _ collection: String, _ modification: MongoDBModification
        ) throws(MongoDBFault) -> BSONDocument { [:] }
        func selectServer(forWrites: Bool) throws(MongoDBFault) -> UInt32 { 1 }
        func hasTransactions() throws(MongoDBFault) -> Bool { false }
        func beginTransaction() throws(MongoDBFault) {}
        func commitTransaction() throws(MongoDBFault) {}
        func abortTransaction() {}
    }

    private final class Source: MongoDBClientSource {
        let closings = Locked(0)
        func withClient<Value>(_ body: (any MongoDBClient) throws -> Value) throws -> Value { try body(IdleClient()) }
        func close() { closings.withLock { $0 += 1 } }
    }

    private static let address = MongoDBAddress(uri: "mongodb://u:s3cret@h/d", database: "d", place: "h:27017")

    private func pool(
        _ source: Source = Source(), _ clock: any ClockSource = VirtualClock(), threads: Int = 1, maxPending: Int = 100
    ) throws -> MongoDBPool {
        try MongoDBPool(
            Self.address,
            MongoDBPool.Options(threads: threads, maxPending: maxPending, commandTimeout: .seconds(10)), clock: clock
        ) { _ in source }
    }

    /// Lets the only thread of a pool wait until it is released.
    private func occupy(_ pool: MongoDBPool) async throws -> (gate: DispatchSemaphore, call: Task<Void, any Error>) {
        let gate = DispatchSemaphore(value: 0)
        let isBusy = Locked(false)
        let call = Task {
            try await pool.execute(.empty, "hold") { _ in
                isBusy.withLock { $0 = true }
                gate.wait()
            }
        }
        try await waitUntil(within: .seconds(30)) { isBusy.current }
        return (gate, call)
    }

    @Test("A caller waits no longer than its deadline, even during execution")
    func deadlines() async throws {
        let clock = VirtualClock()
        let pool = try pool(Source(), clock)
        let (gate, held) = try await occupy(pool)
        defer { gate.signal() }
        let waiting = Task { try await pool.execute(.empty, "find in 'c'") { _ in 1 } }
        try await waitUntil(within: .seconds(30)) { pool.queueDepth == 1 }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
        clock.advance(by: .seconds(10))
        #expect(await DriverFixture.code { try await held.value } == "TIMEOUT")
        #expect(await DriverFixture.code { _ = try await waiting.value } == "TIMEOUT")
        #expect(pool.queueDepth == 0)
        pool.shutDown()
    }

    @Test("A cancelled call returns at once and is not executed; the next one is")
    func cancellation() async throws {
        let pool = try pool()
        let (gate, held) = try await occupy(pool)
        let isExecuted = Locked(false)
        let waiting = Task { try await pool.execute(.empty, "find") { _ in isExecuted.withLock { $0 = true } } }
        try await waitUntil(within: .seconds(30)) { pool.queueDepth == 1 }
        waiting.cancel()
        #expect(await DriverFixture.code { try await waiting.value } == "CANCELLED")
        held.cancel()
        #expect(await DriverFixture.code { try await held.value } == "CANCELLED")
        gate.signal()
        #expect(try await pool.execute(.empty, "find") { _ in 7 } == 7)
        #expect(!isExecuted.current)
        await pool.close()
    }

    @Test("A full queue refuses calls at once, and cancelled calls make room")
    func fullQueue() async throws {
        let pool = try pool(maxPending: 2)
        let (gate, held) = try await occupy(pool)
        let waiting = (0..<2).map { _ in Task { try await pool.execute(.empty, "find") { _ in 1 } } }
        try await waitUntil(within: .seconds(30)) { pool.queueDepth == 2 }
        #expect(await DriverFixture.code { _ = try await pool.execute(.empty, "find") { _ in 1 } } == "QUEUE_FULL")
        waiting[0].cancel()
        _ = await waiting[0].result
        let next = Task { try await pool.execute(.empty, "find") { _ in 2 } }
        gate.signal()
        #expect(try await next.value == 2)
        #expect(try await waiting[1].value == 1)
        try await held.value
        await pool.close()
    }

    @Test("Closing fails waiting calls, closes the clients once, and later calls are refused")
    func closing() async throws {
        let source = Source()
        let pool = try pool(source)
        let (gate, held) = try await occupy(pool)
        let waiting = Task { try await pool.execute(.empty, "find") { _ in 1 } }
        try await waitUntil(within: .seconds(30)) { pool.queueDepth == 1 }
        pool.shutDown()
        #expect(await DriverFixture.code { _ = try await waiting.value } == "NOT_OPENED")
        // It may have been carried out.
        #expect(await DriverFixture.code { try await held.value } == "CONNECTION_FAILED")
        #expect(source.closings.current == 0)
        gate.signal()
        await pool.close()
        #expect(source.closings.current == 1)
        #expect(await DriverFixture.code { _ = try await pool.execute(.empty, "find") { _ in 1 } } == "NOT_OPENED")
    }

    @Test("The order numbers of documents increase even if the clock stands still")
    func orders() throws {
        let pool = try pool(Source(), VirtualClock())
        defer { pool.shutDown() }
        let first = pool.nextOrder()
        #expect(pool.nextOrder() == first + 1)
        #expect(pool.nextOrder(5) == first + 2)
        #expect(pool.nextOrder() == first + 7)
    }

    @Test("An error contains the operation and the servers, but no secret")
    func errors() async throws {
        let pool = try pool()
        do {
            try await pool.execute(.empty, "find in 'c'") { _ in throw MongoDBFault(.connectionFailed, "broken pipe") }
            Issue.record("nothing was thrown")
        } catch let error as ApplicationError {
            #expect(error.code == "CONNECTION_FAILED" && error.message.contains("find in 'c'"))
            #expect(error.message.contains("h:27017") && !"\(error)".contains("s3cret"))
        }
        await pool.close()
    }

    @Test("Each caller waits until its own deadline, in any order of arrival")
    func severalDeadlines() async throws {
        let clock = VirtualClock()
        let pool = try pool(Source(), clock)
        let (gate, held) = try await occupy(pool)
        defer { gate.signal() }
        let short = Context(deadline: clock.uptime + .seconds(2))
        let hasEnded = Locked(false)
        let first = Task { try await pool.execute(short, "find") { _ in 1 } }
        let second = Task {
            defer { hasEnded.withLock { $0 = true } }
            _ = try await pool.execute(.empty, "find") { _ in 2 }
        }
        try await waitUntil(within: .seconds(30)) { pool.queueDepth == 2 && clock.sleeperCount > 0 }
        // A timer that is replaced may still be asleep.
        try await advance(clock, by: .seconds(2)) { pool.queueDepth == 1 }
        #expect(await DriverFixture.code { _ = try await first.value } == "TIMEOUT")
        #expect(!hasEnded.current)
        try await advance(clock, by: .seconds(8)) { hasEnded.current }
        #expect(await DriverFixture.code { try await second.value } == "TIMEOUT")
        #expect(await DriverFixture.code { try await held.value } == "TIMEOUT")
        pool.shutDown()
    }

    @Test("A call has its deadline after all calls before it have had theirs")
    func laterDeadlines() async throws {
        let clock = VirtualClock()
        let pool = try pool(Source(), clock)
        let (gate, held) = try await occupy(pool)
        defer { gate.signal() }
        try await advance(clock, by: .seconds(10)) { clock.sleeperCount == 0 }
        #expect(await DriverFixture.code { try await held.value } == "TIMEOUT")
        let late = Task { try await pool.execute(.empty, "find") { _ in 1 } }
        try await advance(clock, by: .seconds(10)) { pool.queueDepth == 0 }
        #expect(await DriverFixture.code { _ = try await late.value } == "TIMEOUT")
        pool.shutDown()
    }

    /// Lets time pass, and waits for what must happen by then; if it does not, ends what waits.
    private func advance(_ clock: VirtualClock, by time: Duration, until isDone: () -> Bool) async throws {
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
        clock.advance(by: time)
        try await waitUntil(within: .seconds(30)) { isDone() }
    }

    @Test("A task that is already cancelled does not wait")
    func cancelledBefore() async throws {
        let pool = try pool()
        let call = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.execute(.empty, "find") { _ in }
        }
        #expect(await DriverFixture.code { try await call.value } == "CANCELLED")
        await pool.close()
    }
}
