#if PIP_REDIS
/// Decides when a connection is attempted: with a back-off that grows to 3 s, or to 0.5 s with sentinels, until a connection
/// answers a call.
///
/// Times are in nanoseconds of the clock's `uptime`.
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

    /// When the next attempt is due; the largest number while an attempt is in progress.
    var dueTime: Int64 { isDialing || hasConnected && !isRepeated ? .max : nextAttempt }

    /// How long an attempt may take. Once a connection has existed, calls wait for the next one: an attempt that takes
    /// longer than they may wait does not help them.
    func timeout(_ options: RedisEngine.Options) -> Duration {
        hasConnected
            ? min(options.connectTimeout, max(options.commandTimeout, .seconds(1))) : options.connectTimeout
    }

    /// Records that an attempt has started.
    mutating func start() { isDialing = true }

    /// Records that the attempt has ended, and sets the back-off with jitter until the next one.
    mutating func end(isConnected: Bool, at now: Int64, random: any RandomSource) {
        isDialing = false
        attempts += 1
        hasConnected = hasConnected || isConnected
        let longest = min(Int64(attempts) * 100, longestPause) * 1_000_000
        nextAttempt = now.adding(longest / 2 + Int64(random.next(in: 0..<1025)) * (longest / 2048))
    }

    /// Records that a call was answered.
    mutating func noteReply() { attempts = 0 }

    /// Records that the connection is lost. If it has answered calls, the first attempt is due at once.
    mutating func noteLoss(at now: Int64) {
        if attempts == 0 { nextAttempt = now }
    }
}
#endif
