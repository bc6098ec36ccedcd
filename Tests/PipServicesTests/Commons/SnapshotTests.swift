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

    @Test("Readers see the old state while a writer computes the next one") func readersDoNotWaitForAChange() {
        let snapshot = Snapshot(1)
        let (entered, leave, written) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        Thread.detachNewThread {
            snapshot.change { value in
                value = 2
                entered.signal()
                leave.wait()
            }
            written.signal()
        }
        #expect(entered.wait(timeout: .now() + 60) == .success)
        #expect(snapshot.current == 1)
        #expect(snapshot.read { $0 } == 1)
        leave.signal()
        #expect(written.wait(timeout: .now() + 60) == .success)
        #expect(snapshot.current == 2)
    }

    @Test("Concurrent changes by several writers are all kept") func writersTakeTurns() async {
        let snapshot = Snapshot(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<5000 { snapshot.change { $0 += 1 } } }
            }
        }
        #expect(snapshot.current == 20_000)
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
