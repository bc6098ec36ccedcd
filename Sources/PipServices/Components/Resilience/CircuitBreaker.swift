/// Stops calls to something that keeps failing, and lets a single one through from time to time to see whether it is
/// well again.
///
/// Closed, it lets all calls through and counts failures in a row. At ``failures`` it opens, and refuses all calls for
/// ``pause``. Then it lets one through: its success closes the breaker, its failure opens it again. Only calls that tell
/// something about the peer count, and only in the period in which they began: a late result of an old call neither closes
/// an open breaker nor opens a new one. All calls are safe from any task.
public final class CircuitBreaker: Sendable {
    /// Where a breaker stands.
    public enum State: String, Sendable {
        /// Calls go through.
        case closed
        /// Calls are refused.
        case open
        /// One call is on its way to find out.
        case halfOpen
    }

    /// What a call tells about the peer.
    public enum Outcome: Sendable, Hashable {
        /// The peer does its work.
        case success
        /// The peer does not do its work.
        case failure
        /// Nothing: the call was not sent, or the peer had no fair time for it.
        case unknown
    }

    /// The permission for one call. Whoever gets it reports by ``record(_:of:)`` how the call went.
    public struct Permit: Sendable, Hashable {
        fileprivate let period: Int
    }

    /// How many failures in a row open it; 0 or less: it never opens.
    public let failures: Int
    /// How long it stays open.
    public let pause: Duration
    private let clock: any ClockSource
    private let onChange: (@Sendable (State) -> Void)?

    private struct Record: Sendable {
        var state = State.closed
        var failuresInRow = 0
        /// When it opened, or when the call that tries left: one that never comes back must not block it for ever.
        var since = Duration.zero
        /// Increases with each change of state, and with each call that tries.
        var period = 0
    }
    private let storage = Locked(Record())

    /// Creates a breaker, which is closed.
    /// - Parameter onChange: called with each new state. It must not block.
    public init(
        failures: Int, pause: Duration, clock: any ClockSource, onChange: (@Sendable (State) -> Void)? = nil
    ) {
        self.onChange = onChange
        self.failures = failures
        self.pause = max(.zero, pause)
        self.clock = clock
    }

    /// Where it stands.
    public var state: State { storage.withLock { $0.state } }

    /// True when a call would be let through now. Changes nothing.
    public var isPassable: Bool {
        let now = clock.uptime
        return storage.withLock { $0.state == .closed || now - $0.since >= pause }
    }

    /// Asks to let a call through.
    /// - Returns: the permission, or nil if the call is refused.
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

    /// Reports how a call went. Without effect if the breaker has changed its state since the call was let through.
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
            // It has found out nothing: the next call may try.
            case (.unknown, _): record = Self.opened(at: now - pause, record)
            }
        }
    }

    /// Runs an operation, or refuses it.
    ///
    /// - Parameter outcome: what an error of the operation tells about what is called. A `CancellationError` tells nothing.
    /// - Throws: NoResponse `CIRCUIT_OPEN` when it is refused, else what the operation throws.
    public func run<Result>(
        _ context: Context, name: @autoclosure () -> String, outcome: (any Error) -> Outcome,
        _ operation: () async throws -> Result
    ) async throws -> Result {
        guard failures > 0 else { return try await operation() }
        guard let permit = tryPass() else {
            let name = name()
            throw ApplicationError.connection(
                code: "CIRCUIT_OPEN", "\(name) failed \(failures) times in a row and is left alone for a while",
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

    /// Changes the record, and reports a new state outside the lock.
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
