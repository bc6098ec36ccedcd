#if PIP_ACTIVEMQ
/// Schedules connection attempts: at once after a loss, then with an exponential back-off.
///
/// A connection that did not last `stableTime` does not count as a success, so the back-off also applies to a broker
/// that soon ends each session.
struct STOMPReconnector {
    private let delay: RetryPolicy
    private var failures = 0
    private var connectedAt: Duration?

    static let stableTime = Duration.seconds(5)

    init(delay: Duration, maxDelay: Duration) { self.delay = RetryPolicy(delay: delay, maxDelay: maxDelay) }

    /// Records that a session is open.
    mutating func noteConnection(at now: Duration) { connectedAt = now }

    /// Records that a session has ended, or that an attempt failed.
    /// - Returns: the delay before the next attempt.
    mutating func noteLoss(at now: Duration, _ random: any RandomSource) -> Duration {
        if let connectedAt, now - connectedAt >= Self.stableTime { failures = 0 }
        let isFirst = connectedAt != nil && failures == 0
        connectedAt = nil
        failures += 1
        return isFirst ? .zero : delay.pause(before: max(0, failures - 2), random)
    }
}
#endif
