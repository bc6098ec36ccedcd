import Dispatch
import Foundation
import Testing

@testable import PipServices

@Suite struct SnapshotTests {
    @Test func readersSeeWholeStatesWhileOneWrites() async {
        let snapshot = Snapshot([0, 0])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<20_000).allSatisfy { _ in
                        let value = snapshot.current
                        return value[0] == value[1] && snapshot.read { $0[0] == $0[1] }
                    }
                }
            }
            group.addTask {
                for number in 1...20_000 { snapshot.change { $0 = [number, number] } }
                return true
            }
            for await isWhole in group { #expect(isWhole) }
        }
        #expect(snapshot.current == [20_000, 20_000])
    }

    /// A reader that takes its time holds up the writer, and nobody else.
    @Test func readersGoOnWhileAWriterWaitsForOneOfThem() {
        let snapshot = Snapshot(1)
        let (entered, leave, written) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        Thread.detachNewThread {
            snapshot.read { _ in
                entered.signal()
                leave.wait()
            }
        }
        #expect(entered.wait(timeout: .now() + 60) == .success)
        Thread.detachNewThread {
            snapshot.change { $0 = 2 }
            written.signal()
        }
        let deadline = DispatchTime.now() + 60
        while snapshot.current == 1, DispatchTime.now() < deadline { sched_yield() }
        #expect(snapshot.current == 2)
        #expect(written.wait(timeout: .now()) == .timedOut)
        leave.signal()
        #expect(written.wait(timeout: .now() + 60) == .success)
    }

    @Test func aChangeThatThrowsChangesNothing() {
        let snapshot = Snapshot(1)
        #expect(throws: CancellationError.self) {
            try snapshot.change { (value: inout Int) throws in
                value = 2
                throw CancellationError()
            }
        }
        #expect(snapshot.current == 1)
    }
}
