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

    @Test("A component that is put in a slot again changes nothing") func sameComponent() {
        final class Part: Sendable {}
        let (part, box) = (Part(), SlotBox<Part>())
        box.set(part)
        // Other tests change other slots at the same time.
        let isUnchanged = (0..<10_000).contains { _ in
            let before = SlotChanges.count
            box.replace(part)
            return SlotChanges.count == before
        }
        #expect(isUnchanged)
        let before = SlotChanges.count
        box.replace(Part())
        #expect(SlotChanges.count > before)
        #expect(box.value !== part)
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
        #expect(try await withTimeout(.seconds(60), clock: SystemClock()) { 5 } == 5)
        await #expect(throws: ApplicationError.self) {
            try await withTimeout(.seconds(60), clock: SystemClock()) {
                throw ApplicationError.internal(code: "X", "x")
            }
        }
    }

    @Test func anOperationThatDoesNotEndIsCancelledAndLeft() async throws {
        let clock = VirtualClock()
        let (gate, opener) = AsyncStream<Void>.makeStream()
        defer { opener.finish() }
        let (results, wasCancelled) = (Locked<[Int?]>([]), Locked(false))
        let call = Task {
            let result: Int? = try await withTimeout(.seconds(1), clock: clock) {
                await withTaskCancellationHandler {
                    // Another task, so that the cancellation has no effect.
                    await Task { for await _ in gate {} }.value
                } onCancel: {
                    wasCancelled.withLock { $0 = true }
                }
                return 1
            }
            results.withLock { $0.append(result) }
        }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
        clock.advance(by: .seconds(1))
        try await waitUntil(within: .seconds(30)) { results.current.count == 1 }
        #expect(results.current == [nil])
        try await waitUntil(within: .seconds(30)) { wasCancelled.current }
        try await call.value
    }

    @Test("A cancelled caller stops waiting for a shared task, which goes on") func sharedTask() async throws {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        defer { opener.finish() }
        let task = Task {
            for await _ in gate {}
            return 5
        }
        let results = Locked<[Int?]>([])
        let caller = Task {
            let result = await sharedValue(of: task)
            results.withLock { $0.append(result) }
        }
        caller.cancel()
        try await waitUntil(within: .seconds(30)) { results.current.count == 1 }
        #expect(results.current == [nil])
        opener.finish()
        #expect(await sharedValue(of: task) == 5)
    }

    @Test func theVirtualClockWakesInOrder() async throws {
        let clock = VirtualClock()
        let woken = Locked<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try? await clock.sleep(for: .seconds(seconds))
                    woken.withLock { $0.append(seconds) }
                }
            }
            for count in 1...3 {
                try await waitUntil { clock.sleeperCount + woken.current.count >= 3 }
                clock.advance(by: .seconds(1))
                try await waitUntil { woken.current.count >= count }
            }
        }
        #expect(woken.current == [1, 2, 3])
    }

    @Test func sleepingOnTheVirtualClockCanBeCancelled() async throws {
        let clock = VirtualClock()
        let task = Task { try await clock.sleep(for: .seconds(1)) }
        try await waitUntil { clock.sleeperCount > 0 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }
}
