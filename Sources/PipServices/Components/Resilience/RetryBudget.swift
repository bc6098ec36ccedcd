/// Bounds how many retries all calls of a client make together: while a peer is down, retries must not multiply the load.
///
/// Each call adds ``percent`` of a retry, and in quiet times one retry is added every second, up to a reserve of 10; each retry
/// takes one. All calls are safe from any task.
public final class RetryBudget: Sendable {
    /// How many retries 100 calls may make in the long run; 0 or less for no limit.
    public let percent: Int

    private struct State: Sendable {
        /// In hundredths of a retry.
        var balance = RetryBudget.reserve
        var refilledAt: Duration
    }
    private let state: Locked<State>
    private let clock: any ClockSource
    private static let reserve = 1000

    /// Creates a budget with its reserve.
    public init(percent: Int, clock: any ClockSource) {
        self.percent = percent
        self.clock = clock
        state = Locked(State(refilledAt: clock.uptime))
    }

    /// Records a call, without its retries.
    public func noteCall() {
        guard percent > 0 else { return }
        // More than the reserve may add up, for the time when it is needed.
        state.withLock { $0.balance = min($0.balance + min(percent, 1000), 10 * Self.reserve) }
    }

    /// Takes one retry from the budget. False if there is none left.
    public func takeRetry() -> Bool {
        guard percent > 0 else { return true }
        let now = clock.uptime
        return state.withLock { state in
            let seconds = Int(clamping: (now - state.refilledAt).components.seconds)
            if seconds > 0 {
                state.refilledAt += .seconds(seconds)
                if state.balance < Self.reserve {
                    state.balance = min(Self.reserve, state.balance + min(seconds, 10) * 100)
                }
            }
            guard state.balance >= 100 else { return false }
            state.balance -= 100
            return true
        }
    }
}
