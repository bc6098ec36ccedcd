import Testing

@testable import PipServices

@Suite struct MemcachedPoolStateTests {
    private final class StubJob: MemcachedJob {
        let deadline: Duration
        let isDone: Bool
        let server: Int?

        init(deadline: Duration = .never, isDone: Bool = false, server: Int? = nil) {
            (self.deadline, self.isDone, self.server) = (deadline, isDone, server)
        }

        func execute(on client: any MemcachedClient) {}
        func interrupt() {}
        func deliver() {}
        func fail(_ fault: MemcachedFault) {}
        func fail(_ error: any Error) {}
    }

    /// A state in which workers went to sleep in an order.
    private func state(workers: Int, maxPending: Int = 10, resting: [Int] = []) -> MemcachedPoolState {
        var state = MemcachedPoolState(workers: workers, maxPending: maxPending)
        for worker in resting { _ = state.next(of: worker) }
        return state
    }

    private func job(_ step: MemcachedPoolState.Step) -> StubJob? {
        if case .execute(let job) = step { job as? StubJob } else { nil }
    }

    private func isRest(_ step: MemcachedPoolState.Step) -> Bool { if case .rest = step { true } else { false } }

    @Test("Each call wakes one worker, the most recently idle first") func wakesLastWorker() {
        var state = state(workers: 3, resting: [2, 0, 1])
        #expect(state.enqueue(StubJob()) == .accepted(wake: 1))
        #expect(state.enqueue(StubJob()) == .accepted(wake: 0))
        #expect(state.enqueue(StubJob()) == .accepted(wake: 2))
        #expect(state.enqueue(StubJob()) == .accepted(wake: nil))
    }

    @Test("Calls are executed in order of arrival") func keepsOrder() {
        var state = state(workers: 1)
        let jobs = [StubJob(), StubJob(), StubJob()]
        for job in jobs { _ = state.enqueue(job) }
        for expected in jobs { #expect(job(state.next(of: 0)) === expected) }
        #expect(isRest(state.next(of: 0)))
    }

    @Test("A busy worker is not woken; it takes the call when it has finished") func busyWorkerTakesNextCall() {
        var state = state(workers: 1, resting: [0])
        #expect(state.enqueue(StubJob()) == .accepted(wake: 0))
        _ = state.next(of: 0)
        let second = StubJob()
        #expect(state.enqueue(second) == .accepted(wake: nil))
        #expect(job(state.next(of: 0)) === second)
    }

    @Test("A worker that woke without a call is woken once for the next call") func listsWorkerOnce() {
        var state = state(workers: 2, resting: [0, 1, 1])
        #expect(state.enqueue(StubJob()) == .accepted(wake: 1))
        #expect(state.enqueue(StubJob()) == .accepted(wake: 0))
    }

    @Test("max_pending calls may wait in addition to executing ones") func isBounded() {
        var state = state(workers: 2, maxPending: 3, resting: [0, 1])
        for _ in 0..<5 { #expect(state.enqueue(StubJob()) != .full) }
        #expect(state.enqueue(StubJob()) == .full)
        #expect(state.load == 5)
        _ = state.next(of: 0)
        #expect(state.enqueue(StubJob()) == .full, "a call that is executed still counts")
        _ = state.next(of: 0)
        #expect(state.load == 4)
        #expect(state.enqueue(StubJob()) != .full)
        var unbounded = self.state(workers: 1, maxPending: .max)
        #expect(unbounded.enqueue(StubJob()) == .accepted(wake: nil))
    }

    @Test("Abandoned calls give up their places on demand") func abandonedCallsLeave() {
        var state = state(workers: 1, maxPending: 1)
        for isDone in [false, true] { #expect(state.enqueue(StubJob(isDone: isDone)) == .accepted(wake: nil)) }
        #expect(state.enqueue(StubJob()) == .full, "nobody has said that a call was abandoned")
        state.noteAbandoned()
        let last = StubJob()
        #expect(state.enqueue(last) == .accepted(wake: nil))
        #expect(state.load == 2)
        #expect(state.enqueue(StubJob()) == .full)
        _ = state.next(of: 0)
        #expect(job(state.next(of: 0)) === last)
    }

    @Test("Expired calls are returned, and they and abandoned ones leave the queue") func expires() {
        var state = state(workers: 1)
        let executed = StubJob(deadline: .seconds(2))
        let late = StubJob(deadline: .seconds(3))
        for job in [executed, StubJob(isDone: true), late, StubJob(deadline: .seconds(9)), StubJob()] {
            _ = state.enqueue(job)
        }
        _ = state.next(of: 0)
        let (none, first) = state.expire(at: .seconds(1))
        #expect(none.isEmpty)
        #expect(first == .seconds(2))
        #expect(state.load == 4, "the abandoned call has left")
        let (expired, next) = state.expire(at: .seconds(3))
        #expect(expired.map(ObjectIdentifier.init) == [late, executed].map(ObjectIdentifier.init))
        #expect(next == .seconds(9))
        #expect(state.load == 3, "the worker still executes the late call")
    }

    @Test("An executing call without a caller is due at its deadline too") func overdue() {
        var state = state(workers: 1)
        let abandoned = StubJob(deadline: .seconds(2), isDone: true)
        for job in [abandoned, StubJob(deadline: .seconds(9))] { _ = state.enqueue(job) }
        _ = state.next(of: 0)
        let (expired, next) = state.expire(at: .seconds(1))
        #expect(expired.isEmpty)
        #expect(next == .seconds(2))
        #expect(state.overdue(at: .seconds(1)).isEmpty)
        #expect(state.overdue(at: .seconds(2)).map(ObjectIdentifier.init) == [ObjectIdentifier(abandoned)])
    }

    @Test("A closed pool returns its calls, accepts none and ends its workers") func closes() {
        var state = state(workers: 2, resting: [0, 1])
        let (running, waiting) = (StubJob(), StubJob())
        _ = state.enqueue(running)
        _ = state.next(of: 0)
        _ = state.enqueue(waiting)
        #expect(Set(state.close().map(ObjectIdentifier.init)) == Set([running, waiting].map(ObjectIdentifier.init)))
        #expect(state.isClosed)
        #expect(state.enqueue(StubJob()) == .closed)
        for worker in 0..<2 { if case .end = state.next(of: worker) {} else { Issue.record("worker \(worker)") } }
        #expect(state.load == 0)
    }

    @Test("Calls to one of several servers leave workers for the others") func serverLeavesWorkers() {
        var state = MemcachedPoolState(workers: 5, maxPending: 100, servers: 2)
        for _ in 0..<10 { _ = state.enqueue(StubJob(server: 0)) }
        let taken = (0..<5).compactMap { job(state.next(of: $0, at: .zero)) }
        #expect(taken.count == 4, "one worker is left")
        let other = StubJob(server: 1)
        #expect(state.enqueue(other) == .accepted(wake: 4))
        #expect(job(state.next(of: 4, at: .zero)) === other, "it overtakes the calls that must wait")
        #expect(state.queueDepth == 6)
    }

    @Test("A server with slow calls has only its share of the workers") func longCallsTakeTheirShare() {
        var state = MemcachedPoolState(workers: 4, maxPending: 100, servers: 2)
        for _ in 0..<4 { _ = state.enqueue(StubJob(server: 0)) }
        for worker in 0..<2 { #expect(job(state.next(of: worker, at: .zero)) != nil) }
        #expect(isRest(state.next(of: 2, at: .milliseconds(100))))
        #expect(state.takeHelper(at: .milliseconds(100)) == nil)
        #expect(job(state.next(of: 0, at: .milliseconds(100))) != nil, "a worker that has finished takes the next call")
        #expect(job(state.next(of: 1, at: .milliseconds(101))) != nil)
        #expect(state.queueDepth == 0)
    }

    @Test("A worker is woken for overtaken calls") func wakesHelper() {
        var state = MemcachedPoolState(workers: 3, maxPending: 100, servers: 2)
        for _ in 0..<4 { _ = state.enqueue(StubJob(server: 0)) }
        for worker in 0..<2 { #expect(job(state.next(of: worker, at: .zero)) != nil) }
        #expect(isRest(state.next(of: 2, at: .zero)))
        // Both calls take long; the workers finish them one after the other.
        #expect(isRest(state.next(of: 0, at: .milliseconds(200))))
        #expect(state.takeHelper(at: .milliseconds(200)) == nil)
        #expect(job(state.next(of: 1, at: .milliseconds(200))) != nil)
        #expect(state.takeHelper(at: .milliseconds(200)) == 0, "the other call may be executed now")
    }
}
