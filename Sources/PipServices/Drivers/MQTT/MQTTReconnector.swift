#if PIP_MQTT
/// Schedules connection attempts: at once after a loss, then with a back-off that doubles.
///
/// A connection shorter than `stableTime` is not a success: two clients with the same id would otherwise take over the
/// connection from each other without a back-off.
struct MQTTReconnector {
    private let delay: RetryPolicy
    private var attempts = 0
    private var connectedAt: Duration?
    /// When the next attempt is due.
    private(set) var dueTime = Duration.zero

    static let stableTime = Duration.seconds(5)

    init(delay: Duration, maxDelay: Duration) { self.delay = RetryPolicy(delay: delay, maxDelay: maxDelay) }

    /// Records a new connection.
    mutating func noteConnection(at now: Duration) { connectedAt = now }

    /// Records a failed attempt or a lost connection, and schedules the next attempt.
    ///
    /// - Parameter isTakenOver: true if another client with the same id took over the connection, which requires the
    ///   longest back-off.
    /// - Returns: true if two consecutive connections were too short.
    @discardableResult
    mutating func noteLoss(at now: Duration, isTakenOver: Bool = false, random: any RandomSource) -> Bool {
        let wasStable = connectedAt.map { now - $0 >= Self.stableTime } ?? false
        // The first loss of a new connection is also repaired at once, if no attempt failed before.
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
