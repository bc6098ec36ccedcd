#if PIP_ACTIVEMQ
/// Decides when a connection is attempted: at once after a loss, then with a back-off that doubles.
///
/// A connection that did not last `stableTime` does not count as a success: a broker that ends each session soon is not
/// asked without a pause.
struct STOMPReconnector {
    private let delay: RetryPolicy
    private var failures = 0
    private var connectedAt: Duration?

    static let stableTime = Duration.seconds(5)

    init(delay: Duration, maxDelay: Duration) { self.delay = RetryPolicy(delay: delay, maxDelay: maxDelay) }

    /// Records that a session is open.
    mutating func noteConnection(at now: Duration) { connectedAt = now }

    /// Records that a session has ended, or that an attempt failed.
    /// - Returns: how long to wait before the next attempt.
    mutating func noteLoss(at now: Duration, _ random: any RandomSource) -> Duration {
        if let connectedAt, now - connectedAt >= Self.stableTime { failures = 0 }
        let isFirst = connectedAt != nil && failures == 0
        connectedAt = nil
        failures += 1
        return isFirst ? .zero : delay.pause(before: max(0, failures - 2), random)
    }
}
#endif
