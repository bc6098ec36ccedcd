#if PIP_REDIS
/// Schedules connection attempts with a back-off of up to 3 s, or 0.5 s with sentinels, until a connection has answered
/// a call.
///
/// Times are clock readings (`uptime`) in nanoseconds.
struct RedisReconnector {
    /// The longest back-off, in milliseconds.
    private let longestPause: Int64
    /// The number of attempts since the last reply.
    private(set) var attempts = 0
    private var isDialing = false
    private var nextAttempt: Int64 = 0
    private var hasConnected = false
    /// False for a connection that ends when it is lost.
    private let isRepeated: Bool

    init(longestPause: Int64 = 3000, isRepeated: Bool = true) {
        (self.longestPause, self.isRepeated) = (longestPause, isRepeated)
    }

    /// When the next attempt is due; the maximum during an attempt.
    var dueTime: Int64 { isDialing || hasConnected && !isRepeated ? .max : nextAttempt }

    /// The time limit of an attempt. After the first connection, it is limited to the time that calls may wait: a
    /// longer attempt would not help them.
    func timeout(_ options: RedisEngine.Options) -> Duration {
        hasConnected
            ? min(options.connectTimeout, max(options.commandTimeout, .seconds(1))) : options.connectTimeout
    }

    /// Records that an attempt has started.
    mutating func start() { isDialing = true }

    /// Records that the attempt has ended, and sets a back-off with jitter.
    mutating func end(isConnected: Bool, at now: Int64, random: any RandomSource) {
        isDialing = false
        attempts += 1
        hasConnected = hasConnected || isConnected
        let longest = min(Int64(attempts) * 100, longestPause) * 1_000_000
        nextAttempt = now.adding(longest / 2 + Int64(random.next(in: 0..<1025)) * (longest / 2048))
    }

    /// Records a reply to a call.
    mutating func noteReply() { attempts = 0 }

    /// Records the loss of the connection. If it has answered calls, the next attempt is due at once.
    mutating func noteLoss(at now: Int64) {
        if attempts == 0 { nextAttempt = now }
    }
}
#endif
