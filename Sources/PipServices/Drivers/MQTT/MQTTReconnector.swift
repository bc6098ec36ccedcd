#if PIP_MQTT
/// Decides when a connection is attempted: at once after a loss, then with a back-off that doubles.
///
/// A connection that did not last `stableTime` does not count as a success: two clients with the same id would
/// otherwise take the connection from each other without a pause.
struct MQTTReconnector {
    private let delay: RetryPolicy
    private var attempts = 0
    private var connectedAt: Duration?
    /// When the next attempt is due.
    private(set) var dueTime = Duration.zero

    static let stableTime = Duration.seconds(5)

    init(delay: Duration, maxDelay: Duration) { self.delay = RetryPolicy(delay: delay, maxDelay: maxDelay) }

    /// Records that a connection was made.
    mutating func noteConnection(at now: Duration) { connectedAt = now }

    /// Records that an attempt failed, or that the connection was lost, and sets the time of the next attempt.
    ///
    /// - Parameter isTakenOver: by another client with the same id, for which the longest back-off is right.
    /// - Returns: true if a connection did not last that followed one that did not last either.
    @discardableResult
    mutating func noteLoss(at now: Duration, isTakenOver: Bool = false, random: any RandomSource) -> Bool {
        let wasStable = connectedAt.map { now - $0 >= Self.stableTime } ?? false
        // The first loss of a new connection is repaired at once too, if no attempt failed before.
        let isFirst = connectedAt != nil && attempts == 0
        let isRepeated = connectedAt != nil && !wasStable && !isFirst
        connectedAt = nil
        if isTakenOver { attempts = max(attempts, 20) } else if wasStable { attempts = 0 }
        defer { attempts += 1 }
        guard !isTakenOver, wasStable || isFirst else {
            dueTime = now + delay.pause(before: max(0, attempts - 1), random)
            return isRepeated
        }
        dueTime = now
        return isRepeated
    }
}
#endif
