import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ConcurrencyTests {
    @Test func theLockExcludes() async {
        let counter = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<5000 { counter.withLock { $0 += 1 } } } }
        }
        #expect(counter.current == 40_000)
    }

    @Test func theLockRethrows() {
        let lock = Locked(1)
        #expect(throws: ApplicationError.self) {
            try lock.withLock { value throws(ApplicationError) in
                value = 2
                throw ApplicationError.internal(code: "X", "x")
            }
        }
        #expect(lock.current == 2)
    }

    @Test func aBoundIsKeptByAnOperationThatEnds() async throws {
        #expect(try await bounded(by: .seconds(60), clock: SystemClock()) { 5 } == 5)
        await #expect(throws: ApplicationError.self) {
            try await bounded(by: .seconds(60), clock: SystemClock()) {
                throw ApplicationError.internal(code: "X", "x")
            }
        }
    }

    @Test func anOperationThatDoesNotEndIsCancelledAndLeft() async throws {
        let clock = VirtualClock()
        let wasCancelled = Locked(false)
        async let result: Int? = bounded(by: .seconds(1), clock: clock) {
            while !Task.isCancelled { await Task.yield() }
            wasCancelled.withLock { $0 = true }
            return 1
        }
        while clock.sleeperCount == 0 { await Task.yield() }
        clock.advance(by: .seconds(1))
        #expect(try await result == nil)
        while !wasCancelled.current { await Task.yield() }
    }

    @Test func theVirtualClockWakesInOrder() async throws {
        let clock = VirtualClock()
        let woken = Locked<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try? await clock.sleep(for: .seconds(seconds))
                    woken.withLock { $0.append(seconds) }
                }
            }
            for count in 1...3 {
                while clock.sleeperCount + woken.current.count < 3 { await Task.yield() }
                clock.advance(by: .seconds(1))
                while woken.current.count < count { await Task.yield() }
            }
        }
        #expect(woken.current == [1, 2, 3])
    }

    @Test func sleepingOnTheVirtualClockCanBeCancelled() async {
        let clock = VirtualClock()
        let task = Task { try await clock.sleep(for: .seconds(1)) }
        while clock.sleeperCount == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }
}
