#if PIP_AMQP
/// Schedules connection attempts: at once after a loss, then with an exponential back-off.
///
/// A connection that did not last `stableTime` does not count as a success, so the back-off also applies to a broker
/// that soon ends each session.
struct AMQPReconnector {
    private let delay: RetryPolicy
    private var failures = 0
    private var connectedAt: Duration?
    /// When the next attempt is due.
    private(set) var dueTime = Duration.zero

    static let stableTime = Duration.seconds(5)

    init(delay: Duration, maxDelay: Duration) { self.delay = RetryPolicy(delay: delay, maxDelay: maxDelay) }

    /// Records that a connection is open.
    mutating func noteConnection(at now: Duration) { connectedAt = now }

    /// Records that a connection has ended, or that an attempt failed, and sets the time of the next attempt.
    mutating func noteLoss(at now: Duration, _ random: any RandomSource) {
        if let connectedAt, now - connectedAt >= Self.stableTime { failures = 0 }
        let isFirst = connectedAt != nil && failures == 0
        connectedAt = nil
        failures += 1
        dueTime = isFirst ? now : now + delay.pause(before: max(0, failures - 2), random)
    }
}
#endif
