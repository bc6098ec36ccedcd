/// Limits the retries of all calls of a client together, so that retries do not multiply the load while a peer is down.
///
/// Each call adds ``percent`` of a retry. In quiet times one retry per second is added, up to a reserve of 10. Each
/// retry uses one. All calls are safe from any task.
public final class RetryBudget: Sendable {
    /// The number of retries per 100 calls in the long run; 0 or less for no limit.
    public let percent: Int

    private struct State: Sendable {
        /// In hundredths of a retry.
        var balance = RetryBudget.reserve
        var refilledAt: Duration
    }
    private let state: Locked<State>
    private let clock: any ClockSource
    private static let reserve = 1000

    /// Creates a budget with a full reserve.
    public init(percent: Int, clock: any ClockSource) {
        self.percent = percent
        self.clock = clock
        state = Locked(State(refilledAt: clock.uptime))
    }

    /// Records a call, not counting its retries.
    public func noteCall() {
        guard percent > 0 else { return }
        // Calls may add more than the reserve, up to ten times.
        state.withLock { $0.balance = min($0.balance + min(percent, 1000), 10 * Self.reserve) }
    }

    /// Takes one retry from the budget. Returns false if none is left.
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
