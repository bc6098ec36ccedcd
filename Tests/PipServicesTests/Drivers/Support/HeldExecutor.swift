import Glibc

@testable import PipServices

/// Carries out the steps of a task on a thread of its own, and holds them back for as long as a test wants: so something
/// can happen between two steps that otherwise follow each other at once.
final class HeldExecutor: TaskExecutor {
    private struct State {
        var steps: [UnownedJob] = []
        var isHeld = false
        var isBusy = false
        var isStopped = false
    }

    private let state = Locked(State())

    init() throws { try OwnThread.start { self.run() } }

    /// No step begins from now on.
    func hold() { state.withLock { $0.isHeld = true } }
    /// Steps are carried out again.
    func release() { state.withLock { $0.isHeld = false } }
    /// Ends the thread. No task may be left that needs it.
    func stop() { state.withLock { $0.isStopped = true } }

    /// True when no step is under way, and none waits.
    var isIdle: Bool { state.withLock { !$0.isBusy && $0.steps.isEmpty } }
    /// How many steps wait.
    var waiting: Int { state.withLock { $0.steps.count } }

    func enqueue(_ job: consuming ExecutorJob) {
        let step = UnownedJob(job)
        state.withLock { $0.steps.append(step) }
    }

    // MARK: - Internal

    private func run() {
        while true {
            let (step, isStopped) = state.withLock { state -> (UnownedJob?, Bool) in
                state.isBusy = !state.isHeld && !state.steps.isEmpty
                return (state.isBusy ? state.steps.removeFirst() : nil, state.isStopped)
            }
            if let step {
                step.runSynchronously(on: asUnownedTaskExecutor())
            } else if isStopped {
                return
            } else {
                usleep(500)
            }
        }
    }
}
