internal import DequeModule

/// Decides which worker of a ``MemcachedPool`` executes which call. It does not wait, wake or send anything.
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
    /// The call that each worker executes.
    private var running: [(any MemcachedJob)?]
    private var runningCount = 0
    private var mayHoldAbandoned = false
    /// The workers that sleep, in the order in which they went to sleep.
    private var resting: [Int] = []

    /// - Parameter maxPending: how many calls may wait beyond those that the workers can execute.
    init(workers: Int, maxPending: Int) {
        running = Array(repeating: nil, count: workers)
        self.maxPending = maxPending
    }

    /// The number of calls that wait or are executed, including abandoned ones.
    var load: Int { queue.count + runningCount }

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
    mutating func next(of worker: Int) -> Step {
        if running[worker] != nil {
            running[worker] = nil
            runningCount -= 1
        }
        if isClosed { return .end }
        guard let call = queue.popFirst() else {
            // A worker is listed once, even if its sleep ended without a call to ``enqueue(_:)``.
            if !resting.contains(worker) { resting.append(worker) }
            return .rest
        }
        running[worker] = call
        runningCount += 1
        return .execute(call)
    }

    /// Removes calls from the queue that were abandoned or whose deadline has passed.
    /// - Returns: all calls whose deadline has passed, and the next deadline of the others.
    mutating func expire(at now: Duration) -> (expired: [any MemcachedJob], nextDeadline: Duration?) {
        let open = (Array(queue) + running.compactMap { $0 }).filter { !$0.isDone }
        queue.removeAll { $0.isDone || $0.deadline <= now }
        return (open.filter { $0.deadline <= now }, open.lazy.map(\.deadline).filter { $0 > now }.min())
    }

    /// Accepts no more calls.
    /// - Returns: the calls that wait or are executed.
    mutating func close() -> [any MemcachedJob] {
        defer { queue.removeAll() }
        isClosed = true
        return Array(queue) + running.compactMap { $0 }
    }
}
