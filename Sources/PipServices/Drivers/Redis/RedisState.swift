#if PIP_REDIS
/// The state shared by the tasks and the thread of a ``RedisEngine``. It does no I/O.
struct RedisState {
    enum Phase: Sendable {
        /// The thread is not running.
        case stopped
        case disconnected
        case connected
    }

    var calls: RedisCalls<RedisEngine.Waiter>
    var phase = Phase.stopped
    /// True while the thread waits, or is about to wait, and was not woken.
    var isAsleep = false
    var isClosing = false
    /// The result of the last connection attempt, for the thread.
    var dialed: Result<RedisLink, RedisConnectionError>?
    /// A connection to the new master reported by the sentinels, for the thread.
    var checked: Result<RedisLink?, RedisConnectionError>?
    /// Why there is no connection, for error messages.
    var reason = "the first attempt has not ended"
    /// When the server is considered down, so that calls fail at once; the maximum while there is a connection.
    var downTime = Int64.max
    var openers: [CheckedContinuation<Void, any Error>] = []
    var closers: [CheckedContinuation<Void, Never>] = []

    /// Why a call of `size` bytes cannot be queued; nil if it can.
    func refusal(size: Int, limit: Int64, at now: Int64, _ options: RedisEngine.Options) -> RedisFailure? {
        if isClosing || phase == .stopped { return .closed }
        if calls.count >= options.maxQueue { return .queueFull(options.maxQueue) }
        // A call that is larger than the queue is accepted if nothing else waits.
        if calls.unsentBytes > 0, calls.unsentBytes + size > options.maxQueueBytes { return .queueFull(calls.count) }
        if isDown(at: now) { return .unreachable(reason) }
        if limit <= now { return phase == .connected ? .notSent : .unreachable(reason) }
        return nil
    }

    /// True after `options.down_after` without a connection, or if the server did not reply.
    func isDown(at now: Int64) -> Bool { phase == .disconnected && now >= downTime }

    /// True if the thread must be woken; true only once per wait.
    mutating func takeWakeup() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }
}
#endif
