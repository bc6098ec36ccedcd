/// A circuit breaker: refuses calls to a failing peer, and periodically lets a trial call through.
///
/// Closed, it lets all calls through and counts consecutive failures. After ``failures`` of them it opens and refuses
/// all calls for ``pause``. It then lets one trial call through, whose success closes the breaker and whose failure
/// opens it again. A result counts only if it contains information about the peer, and only in the state in which the
/// call started: a late result neither closes an open breaker nor opens a newly closed one. All calls are safe from any
/// task.
public final class CircuitBreaker: Sendable {
    /// The state of a breaker.
    public enum State: String, Sendable {
        /// All calls are let through.
        case closed
        /// All calls are refused.
        case open
        /// One trial call is in flight.
        case halfOpen
    }

    /// The meaning of a call's result for the state of the peer.
    public enum Outcome: Sendable, Hashable {
        /// The peer works.
        case success
        /// The peer fails.
        case failure
        /// Nothing: the call was not sent, or the peer did not have enough time for it.
        case unknown
    }

    /// The permission for one call. Report its result with ``record(_:of:)``.
    public struct Permit: Sendable, Hashable {
        fileprivate let period: Int
    }

    /// The number of consecutive failures that open it; if 0 or less, it never opens.
    public let failures: Int
    /// How long it stays open.
    public let pause: Duration
    private let clock: any ClockSource
    private let onChange: (@Sendable (State) -> Void)?

    private struct Record: Sendable {
        var state = State.closed
        var failuresInRow = 0
        /// When it opened, or when the trial call started. A trial call that never returns must not block the breaker
        /// forever.
        var since = Duration.zero
        /// Increases with each change of state and each trial call.
        var period = 0
    }
    private let storage = Locked(Record())

    /// Creates a closed breaker.
    /// - Parameter onChange: called with each new state. It must not block.
    public init(
        failures: Int, pause: Duration, clock: any ClockSource, onChange: (@Sendable (State) -> Void)? = nil
    ) {
        self.onChange = onChange
        self.failures = failures
        self.pause = max(.zero, pause)
        self.clock = clock
    }

    /// The current state.
    public var state: State { storage.withLock { $0.state } }

    /// True if a call would be let through now. Changes nothing.
    public var isPassable: Bool {
        let now = clock.uptime
        return storage.withLock { $0.state == .closed || now - $0.since >= pause }
    }

    /// Requests permission for a call.
    /// - Returns: the permit, or nil if the call is refused.
    public func tryPass() -> Permit? {
        guard failures > 0 else { return Permit(period: 0) }
        let now = clock.uptime
        return changing { record in
            if record.state == .closed { return Permit(period: record.period) }
            guard now - record.since >= pause else { return nil }
            record.state = .halfOpen
            record.since = now
            record.period &+= 1
            return Permit(period: record.period)
        }
    }

    /// Reports the result of a call. Ignored if the state has changed since the call was permitted.
    public func record(_ outcome: Outcome, of permit: Permit) {
        guard failures > 0 else { return }
        let now = clock.uptime
        changing { record in
            guard permit.period == record.period else { return }
            switch (outcome, record.state) {
            case (.success, .closed): record.failuresInRow = 0
            case (.success, _): record = Record(period: record.period &+ 1)
            case (.failure, .closed):
                record.failuresInRow += 1
                if record.failuresInRow >= failures { record = Self.opened(at: now, record) }
            case (.failure, _): record = Self.opened(at: now, record)
            case (.unknown, .closed): break
            // The trial was inconclusive, so the next call is another trial.
            case (.unknown, _): record = Self.opened(at: now - pause, record)
            }
        }
    }

    /// Runs an operation, or refuses it.
    ///
    /// - Parameter outcome: the meaning of an error of the operation for the state of the peer. A `CancellationError`
    ///   has none.
    /// - Throws: NoResponse `CIRCUIT_OPEN` if it is refused; otherwise the error of the operation.
    public func run<Result>(
        _ context: Context, name: @autoclosure () -> String, outcome: (any Error) -> Outcome,
        _ operation: () async throws -> Result
    ) async throws -> Result {
        guard failures > 0 else { return try await operation() }
        guard let permit = tryPass() else {
            let name = name()
            throw ApplicationError.connection(
                code: "CIRCUIT_OPEN", "\(name) failed \(failures) times in a row; its circuit breaker is open",
                traceId: context.traceId, details: ["name": .string(name)])
        }
        do {
            let result = try await operation()
            record(.success, of: permit)
            return result
        } catch {
            record(error is CancellationError ? .unknown : outcome(error), of: permit)
            throw error
        }
    }

    // MARK: - Internal

    /// Changes the record and reports a new state outside the lock.
    private func changing<Result: Sendable>(_ change: (inout Record) -> Result) -> Result {
        let (before, after, result) = storage.withLock { record in
            let before = record.state
            let result = change(&record)
            return (before, record.state, result)
        }
        if before != after { onChange?(after) }
        return result
    }

    private static func opened(at time: Duration, _ record: Record) -> Record {
        Record(state: .open, failuresInRow: 0, since: time, period: record.period &+ 1)
    }
}
