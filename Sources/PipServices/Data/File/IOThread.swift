/// A dedicated thread for blocking calls, which must not run on the cooperative pool.
///
/// Jobs run one at a time in FIFO order. The thread ends when this object is released and all jobs are done.
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

    /// Enqueues a job.
    func submit(_ job: @escaping @Sendable () -> Void) {
        // `deinit` stops the thread, so it must not run before the job is enqueued.
        withExtendedLifetime(self) { queue.add(job) }
    }

    /// Runs a job and waits for it. Cancellation does not end the wait.
    func run<Value: Sendable>(
        _ job: @escaping @Sendable () throws(ApplicationError) -> Value
    ) async throws(ApplicationError) -> Value {
        // The result is passed through a lock instead of the continuation, because the thread sanitizer reports a false
        // race when a continuation is resumed just as its task suspends.
        let outcome = Locked<Result<Value, ApplicationError>?>(nil)
        await withCheckedContinuation { continuation in
            submit {
                let result = Result { () throws(ApplicationError) in try job() }
                outcome.withLock { $0 = result }
                continuation.resume()
            }
        }
        guard let result = outcome.current else {
            throw .internal(code: "NO_THREAD", "The file thread ended before it ran the job")
        }
        return try result.get()
    }
}

/// The state that the thread retains, so that it can outlive its owner.
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
