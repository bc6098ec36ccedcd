/// A thread of its own for calls that block, so that none does on the threads of Swift's tasks.
///
/// Jobs run one after the other, in the order in which they came. The thread ends when nobody holds this object and the
/// jobs are done.
final class IOThread: Sendable {
    private let queue: JobQueue

    private init(_ queue: JobQueue) { self.queue = queue }

    /// Starts a thread.
    /// - Throws: Internal `NO_THREAD` or `NO_DESCRIPTOR` if the system has none left.
    static func start() throws(ApplicationError) -> IOThread {
        let queue = try JobQueue()
        try OwnThread.start { queue.run() }
        return IOThread(queue)
    }

    deinit { queue.stop() }

    /// Runs a job later.
    func submit(_ job: @escaping @Sendable () -> Void) {
        // `deinit` stops the thread: not before the job was added.
        withExtendedLifetime(self) { queue.add(job) }
    }

    /// Runs a job and waits for it. Cancelling the waiting task changes nothing: the wait is as long as the disk needs.
    func run<Value: Sendable>(
        _ job: @escaping @Sendable () throws(ApplicationError) -> Value
    ) async throws(ApplicationError) -> Value {
        // By a lock, not by the continuation: of one that is resumed just as its task goes to rest, the thread sanitizer
        // does not see that the result was made before it is read.
        let outcome = Locked<Result<Value, ApplicationError>?>(nil)
        await withCheckedContinuation { continuation in
            submit {
                let result = Result { () throws(ApplicationError) in try job() }
                outcome.withLock { $0 = result }
                continuation.resume()
            }
        }
        guard let result = outcome.current else {
            throw .internal(code: "NO_THREAD", "A thread for files has not done its job")
        }
        return try result.get()
    }
}

/// What the thread holds itself, so that it can outlive its owner.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isAsleep = false
        var isStopped = false
    }

    private let state = Locked(State())
    private let wakeup: Wakeup

    init() throws(ApplicationError) { wakeup = try Wakeup() }

    func add(_ job: @escaping @Sendable () -> Void) { change { $0.jobs.append(job) } }

    func stop() { change { $0.isStopped = true } }

    func run() {
        while true {
            let (jobs, isStopped) = state.withLock { state in
                let jobs = state.jobs
                state.jobs = []
                state.isAsleep = jobs.isEmpty
                return (jobs, state.isStopped)
            }
            for job in jobs { job() }
            guard jobs.isEmpty else { continue }
            if isStopped { return }
            wakeup.wait()
        }
    }

    private func change(_ change: (inout State) -> Void) {
        let wasAsleep = state.withLock { state in
            change(&state)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { wakeup.wake() }
    }
}
