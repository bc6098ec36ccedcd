internal import DequeModule

/// Decides which worker of a ``MemcachedPool`` executes which call. It does not wait, wake or send anything.
///
/// With several servers, the calls to one of them leave workers for the others: at most all but one for each other server, and
/// only the server's equal share once its calls take long. Calls that must wait for that are overtaken.
struct MemcachedPoolState {
    /// The answer to a new call.
    enum Admission: Equatable {
        /// - wake: the worker to wake; nil if all are busy or awake.
        case accepted(wake: Int?)
        case full
        case closed
    }

    /// What a worker does next.
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

    /// The call that each worker executes.
    private var running: [Running?]
    private var runningCount = 0
    private var mayHoldAbandoned = false
    /// The workers that sleep, in the order in which they went to sleep.
    private var resting: [Int] = []
    /// The most workers for the calls to one server, and the most once these take long.
    private let (mostWorkers, share): (Int, Int)
    /// A call takes long from this time on.
    private static let longTime = Duration.milliseconds(100)

    /// - Parameter maxPending: how many calls may wait beyond those that the workers can execute.
    init(workers: Int, maxPending: Int, servers: Int = 1) {
        running = Array(repeating: nil, count: workers)
        self.maxPending = maxPending
        mostWorkers = servers > 1 ? max(1, workers - servers + 1) : workers
        share = servers > 1 ? max(1, workers / servers) : workers
    }

    /// The number of calls that wait or are executed, including abandoned ones.
    var load: Int { queue.count + runningCount }

    /// The number of calls that wait for a worker.
    var queueDepth: Int { queue.count }

    /// Appends a call to the queue.
    ///
    /// The worker that went to sleep last is woken: its connections and its memory are the most likely to be warm.
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

    /// Records that a caller has stopped waiting. Its call gives up its place when another one needs it.
    mutating func noteAbandoned() { mayHoldAbandoned = true }

    /// The next step of a worker, which has finished its previous one.
    mutating func next(of worker: Int, at now: Duration = .zero) -> Step {
        if running[worker] != nil {
            running[worker] = nil
            runningCount -= 1
        }
        if isClosed { return .end }
        guard let call = takeFirst(at: now) else {
            // A worker is listed once, even if its sleep ended without a call to ``enqueue(_:)``.
            if !resting.contains(worker) { resting.append(worker) }
            return .rest
        }
        running[worker] = Running(job: call, start: now)
        runningCount += 1
        return .execute(call)
    }

    /// Removes calls from the queue that were abandoned or whose deadline has passed.
    /// - Returns: all calls whose deadline has passed, and the next deadline of the others, or of one that is executed.
    mutating func expire(at now: Duration) -> (expired: [any MemcachedJob], nextDeadline: Duration?) {
        let executed = running.compactMap { $0?.job }
        let open = (Array(queue) + executed).filter { !$0.isDone }
        queue.removeAll { $0.isDone || $0.deadline <= now }
        // Those that are executed for nobody too: they are interrupted.
        return (open.filter { $0.deadline <= now }, (open + executed).map(\.deadline).filter { $0 > now }.min())
    }

    /// The calls that are executed beyond their deadline.
    func overdue(at now: Duration) -> [any MemcachedJob] {
        running.compactMap { $0?.job }.filter { $0.deadline <= now }
    }

    /// Accepts no more calls.
    /// - Returns: the calls that wait or are executed.
    mutating func close() -> [any MemcachedJob] {
        defer { queue.removeAll() }
        isClosed = true
        return Array(queue) + running.compactMap { $0?.job }
    }

    /// A worker to wake for calls that were overtaken; nil if there is nothing to do or nobody rests.
    mutating func takeHelper(at now: Duration) -> Int? {
        // With one server, no call is overtaken: each has woken a worker.
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
