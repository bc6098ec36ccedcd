#if PIP_REDIS
/// What the tasks and the thread of a ``RedisEngine`` share. It does no input or output.
struct RedisState {
    enum Phase: Sendable {
        /// The thread does not run.
        case stopped
        case disconnected
        case connected
    }

    var calls: RedisCalls<RedisEngine.Waiter>
    var phase = Phase.stopped
    /// True while the thread waits, or is about to, and nobody has woken it.
    var isAsleep = false
    var isClosing = false
    /// The result of the last attempt to connect, for the thread.
    var dialed: Result<RedisLink, RedisConnectionError>?
    /// A connection to the master that the sentinels name instead of the present one, for the thread.
    var checked: Result<RedisLink?, RedisConnectionError>?
    /// Why there is no connection, for the errors of calls.
    var reason = "the first attempt has not ended"
    /// When the server counts as down, so that calls fail at once; the largest number while there is a connection.
    var downTime = Int64.max
    var openers: [CheckedContinuation<Void, any Error>] = []
    var closers: [CheckedContinuation<Void, Never>] = []

    /// Why a call of `size` bytes cannot be queued now; nil if it can.
    func refusal(size: Int, limit: Int64, at now: Int64, _ options: RedisEngine.Options) -> RedisFailure? {
        if isClosing || phase == .stopped { return .closed }
        if calls.count >= options.maxQueue { return .queueFull(options.maxQueue) }
        // A call that is larger than the queue is accepted if nothing else waits.
        if calls.unsentBytes > 0, calls.unsentBytes + size > options.maxQueueBytes { return .queueFull(calls.count) }
        if isDown(at: now) { return .unreachable(reason) }
        if limit <= now { return phase == .connected ? .notSent : .unreachable(reason) }
        return nil
    }

    /// True if there has been no connection for `options.down_after`, or the server did not reply.
    func isDown(at now: Int64) -> Bool { phase == .disconnected && now >= downTime }

    /// Whether the thread must be woken to see a change. True once for each time that it sleeps.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }
}
#endif
