internal import DequeModule

/// Assigns calls to the workers of a ``MemcachedPool``. A pure state machine.
///
/// With several servers, the calls to one of them leave workers for the others: they use at most all but one for each
/// other server, and only an equal share once they become slow. Other calls overtake those that must wait.
struct MemcachedPoolState {
    /// The result of adding a call.
    enum Admission: Equatable {
        /// - wake: the worker to wake; nil if all are busy or awake.
        case accepted(wake: Int?)
        case full
        case closed
    }

    /// A worker's next step.
    enum Step {
        case execute(any MemcachedJob)
        /// Sleep until the worker is woken.
        case rest
        case end
    }

    private(set) var isClosed = false
    private let maxPending: Int
    private var queue: Deque<any MemcachedJob> = []
    private struct Running {
        let job: any MemcachedJob
        let start: Duration
    }

    /// The call executed by each worker.
    private var running: [Running?]
    private var runningCount = 0
    private var mayHoldAbandoned = false
    /// The sleeping workers, in the order in which they went to sleep.
    private var resting: [Int] = []
    /// The maximum number of workers for one server, and the maximum once its calls are slow.
    private let (mostWorkers, share): (Int, Int)
    /// A call is slow from this duration on.
    private static let longTime = Duration.milliseconds(100)

    /// - Parameter maxPending: the maximum number of calls waiting for a worker.
    init(workers: Int, maxPending: Int, servers: Int = 1) {
        running = Array(repeating: nil, count: workers)
        self.maxPending = maxPending
        mostWorkers = servers > 1 ? max(1, workers - servers + 1) : workers
        share = servers > 1 ? max(1, workers / servers) : workers
    }

    /// The number of waiting and executing calls, including abandoned ones.
    var load: Int { queue.count + runningCount }

    /// The number of calls waiting for a worker.
    var queueDepth: Int { queue.count }

    /// Appends a call to the queue.
    ///
    /// Wakes the worker that went to sleep last, because its connections and memory are likely to be warm.
    mutating func enqueue(_ call: any MemcachedJob) -> Admission {
        if isClosed { return .closed }
        if load - running.count >= maxPending, mayHoldAbandoned {
            queue.removeAll { $0.isDone }
            mayHoldAbandoned = false
        }
        guard load - running.count < maxPending else { return .full }
        queue.append(call)
        return .accepted(wake: resting.popLast())
    }

    /// Records an abandoned call. It leaves the queue when its place is needed.
    mutating func noteAbandoned() { mayHoldAbandoned = true }

    /// The next step of a worker that has finished its previous one.
    mutating func next(of worker: Int, at now: Duration = .zero) -> Step {
        if running[worker] != nil {
            running[worker] = nil
            runningCount -= 1
        }
        if isClosed { return .end }
        guard let call = takeFirst(at: now) else {
            // A worker is listed once, even if it woke without a call to ``enqueue(_:)``.
            if !resting.contains(worker) { resting.append(worker) }
            return .rest
        }
        running[worker] = Running(job: call, start: now)
        runningCount += 1
        return .execute(call)
    }

    /// Removes abandoned and expired calls from the queue.
    /// - Returns: all expired calls, and the next deadline of the others, including executing ones.
    mutating func expire(at now: Duration) -> (expired: [any MemcachedJob], nextDeadline: Duration?) {
        let executed = running.compactMap { $0?.job }
        let open = (Array(queue) + executed).filter { !$0.isDone }
        queue.removeAll { $0.isDone || $0.deadline <= now }
        // Executing calls that nobody waits for are interrupted too.
        return (open.filter { $0.deadline <= now }, (open + executed).map(\.deadline).filter { $0 > now }.min())
    }

    /// The executing calls past their deadline.
    func overdue(at now: Duration) -> [any MemcachedJob] {
        running.compactMap { $0?.job }.filter { $0.deadline <= now }
    }

    /// Accepts no more calls.
    /// - Returns: the waiting and executing calls.
    mutating func close() -> [any MemcachedJob] {
        defer { queue.removeAll() }
        isClosed = true
        return Array(queue) + running.compactMap { $0?.job }
    }

    /// A sleeping worker to wake for overtaken calls; nil if there is none.
    mutating func takeHelper(at now: Duration) -> Int? {
        // With one server, no call is overtaken: each call has woken a worker.
        guard mostWorkers < running.count, !queue.isEmpty, !resting.isEmpty,
            queue.contains(where: { mayExecute($0, at: now) })
        else { return nil }
        return resting.popLast()
    }

    // MARK: - Internal

    /// Removes and returns the first call that may be executed.
    private mutating func takeFirst(at now: Duration) -> (any MemcachedJob)? {
        guard mostWorkers < running.count else { return queue.popFirst() }
        return queue.firstIndex { mayExecute($0, at: now) }.map { queue.remove(at: $0) }
    }

    private func mayExecute(_ call: any MemcachedJob, at now: Duration) -> Bool {
        guard mostWorkers < running.count else { return true }
        var (all, long) = (0, 0)
        for case let other? in running where other.job.server == call.server {
            all += 1
            if now - other.start >= Self.longTime { long += 1 }
        }
        return all < mostWorkers && (long == 0 || all < share)
    }
}
