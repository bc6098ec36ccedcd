#if PIP_AZURE
import FoundationEssentials

/// A Service Bus session that is locked for this process, with the link that receives its messages.
///
/// The session is locked instead of its messages. The lock is renewed while the session is held.
final class ServiceBusSession: Sendable {
    private struct State: Sendable {
        var receiver: (any AMQPReceiver)?
        var id = ""
        /// When the broker's lock ends, and how long it lasts.
        var lockEnd = Duration.zero
        var lockTime = Duration.zero
        var renewal: Task<Void, Never>?
        var hasEnded = false
    }

    /// Identifies the session in this process: the broker may grant a session with the same id again.
    let number: Int
    let inbox: ServiceBusInbox
    private let clock: any ClockSource
    private let logger: CompositeLogger
    private let state: Locked<State>
    private let onEnd: @Sendable () -> Void

    /// Creates a session whose link is not open.
    ///
    /// - Parameters:
    ///   - onReturn: called with a message that was returned to the broker because its local lock expired.
    ///   - onEnd: called when the session is lost.
    init(
        _ number: Int, entity: String, clock: any ClockSource, logger: CompositeLogger,
        onReturn: @escaping @Sendable (AMQPDeliveryID) -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        self.number = number
        self.clock = clock
        self.logger = logger
        self.onEnd = onEnd
        let state = Locked(State())
        self.state = state
        inbox = ServiceBusInbox(
            entity: entity, prefetch: 0, locksMessages: false, clock: clock, logger: logger,
            ask: { state.current.receiver?.add(credit: $0) },
            giveBack: { id, outcome in
                guard let receiver = state.current.receiver else { return }
                Task {
                    _ = await receiver.settle(id, outcome, deadline: nil)
                    onReturn(id)
                }
            },
            renew: { _ in [] })
    }

    /// The id of the session; empty before it is open.
    var id: String { state.withLock { $0.id } }
    var receiver: (any AMQPReceiver)? { state.withLock { $0.receiver } }
    /// True if it was lost or closed.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The listener of the link.
    var listener: AMQPListener {
        AMQPListener(
            onDelivery: { [weak self] in self?.inbox.accept($0) }, onLoss: { _ in },
            onEnd: { [weak self] _ in self?.lose() })
    }

    /// Starts renewing the lock of a granted session.
    /// - Parameter renew: renews the lock, and returns how long it lasts.
    func start(
        _ receiver: any AMQPReceiver, _ renew: @escaping @Sendable (ServiceBusSession) async throws -> Duration
    ) {
        let attachment = receiver.attachment
        let time = Self.lockTime(attachment, clock.now)
        let end = clock.uptime + time
        state.withLock { state in
            (state.receiver, state.lockTime, state.lockEnd) = (receiver, time, end)
            state.id = attachment.filter[Self.filter]?.text ?? ""
            guard !state.hasEnded else { return }
            state.renewal = Task { [weak self, clock] in
                while let pause = self?.renewalPause, (try? await clock.sleep(for: pause)) != nil {
                    guard await self?.renewOnce(renew) == true else { return }
                }
            }
        }
        inbox.restart()
    }

    /// The next message of the session.
    /// - Returns: nil if there is none in time, or the session was lost.
    /// - Throws: `CancellationError`.
    func next(wait: Duration, lock: Duration) async throws -> ServiceBusInbox.Held? {
        if let (held, _) = inbox.take(lock: lock) { return held }
        if wait > .zero, await inbox.wait(wait), let (held, _) = inbox.take(lock: lock) { return held }
        // A message that arrives later stays in the inbox, as the next one of the session.
        try Task.checkCancellation()
        guard !hasEnded, let receiver, inbox.beginPoll() else { return nil }
        let end = clock.uptime + Self.drainTime
        let isDone = await Task { if case .success = await receiver.drain(deadline: end) { true } else { false } }.value
        inbox.endDrain(isDone)
        return inbox.take(lock: lock)?.0
    }

    /// Returns the session and the messages that were not handed out to the broker.
    func close() async {
        let (receiver, renewal) = state.withLock { state in
            state.hasEnded = true
            return (state.receiver, state.renewal)
        }
        renewal?.cancel()
        let ready = inbox.close()
        guard let receiver else { return }
        let end = clock.uptime + Self.drainTime
        for id in ready { _ = await receiver.settle(id, .released, deadline: end) }
        await receiver.close()
    }

    /// The name of the filter that selects a session.
    static let filter = "com.microsoft:session-filter"

    // MARK: - Internal

    /// The timeout for returning credit and messages.
    private static let drainTime = Duration.seconds(5)
    /// The lock duration if the broker does not send the end of the lock.
    private static let defaultLock = Duration.seconds(30)
    private static let longestLock = Duration.seconds(300)
    /// 1970 in .NET ticks of 100 ns.
    private static let epochTicks: Int64 = 621_355_968_000_000_000

    private static func lockTime(_ attachment: AMQPAttachment, _ now: Date) -> Duration {
        guard let ticks = attachment.properties["com.microsoft:locked-until-utc"]?.integer, ticks > epochTicks else {
            return defaultLock
        }
        return bounded(.milliseconds((ticks - epochTicks) / 10_000 - AMQPMessage.milliseconds(now)))
    }

    /// Limits a lock duration, because the clocks of the broker and this process may differ.
    static func bounded(_ time: Duration) -> Duration { min(max(time, .milliseconds(100)), longestLock) }

    /// The time until the lock must be renewed; nil if the session has ended.
    private var renewalPause: Duration? {
        state.withLock { state in
            guard !state.hasEnded else { return nil }
            let lead = max(state.lockTime / 3, min(.seconds(1), state.lockTime / 2))
            return max(state.lockEnd - lead - clock.uptime, .milliseconds(1))
        }
    }

    /// - Returns: false if the session has ended.
    private func renewOnce(_ renew: @Sendable (ServiceBusSession) async throws -> Duration) async -> Bool {
        do {
            let time = try await renew(self)
            state.withLock { ($0.lockEnd, $0.lockTime) = (clock.uptime + time, time) }
            return true
        } catch {
            guard !hasEnded else { return false }
            let isLost = (error as? ApplicationError)?.isLockLost == true
            let isOver = state.withLock { $0.lockEnd <= clock.uptime }
            logger.warn(
                .empty,
                "The lock of the session '\(id.shortened)' of \(inbox.entity) "
                    + (isLost ? "was lost" : "can't be renewed\(isOver ? "" : " now"): \(error)"))
            guard !isLost, !isOver else {
                lose()
                return false
            }
            // Retry soon, while the lock lasts.
            return (try? await clock.sleep(for: .milliseconds(200))) != nil
        }
    }

    /// Ends a lost session. The broker redelivers its messages to any receiver.
    private func lose() {
        let (isNews, receiver, renewal) = state.withLock { state in
            defer { state.hasEnded = true }
            return (!state.hasEnded, state.receiver, state.renewal)
        }
        guard isNews else { return }
        renewal?.cancel()
        inbox.end()
        if let receiver { Task { await receiver.close() } }
        onEnd()
    }
}
#endif
