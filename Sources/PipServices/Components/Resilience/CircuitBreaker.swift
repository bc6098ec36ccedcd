/// Stops calls to something that keeps failing, and lets a single one through from time to time to see whether it is
/// well again.
///
/// Closed, it lets all calls through and counts failures in a row. At ``failures`` it opens, and refuses all calls for
/// ``pause``. Then it lets one through: its success closes the breaker, its failure opens it again. All calls are safe
/// from any task.
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

    /// How many failures in a row open it; 0 or less: it never opens.
    public let failures: Int
    /// How long it stays open.
    public let pause: Duration
    private let clock: any ClockSource

    private struct Record: Sendable {
        var state = State.closed
        var failuresInRow = 0
        /// When it opened, or when the call that tries left: one that never comes back must not block it for ever.
        var since = Duration.zero
    }
    private let record = Locked(Record())

    /// Creates a breaker, which is closed.
    public init(failures: Int, pause: Duration, clock: any ClockSource) {
        self.failures = failures
        self.pause = max(.zero, pause)
        self.clock = clock
    }

    /// Where it stands.
    public var state: State { record.withLock { $0.state } }

    /// True when a call would be let through now. Changes nothing.
    public var isPassable: Bool {
        let now = clock.uptime
        return record.withLock { $0.state == .closed || now - $0.since >= pause }
    }

    /// Asks to let a call through. Whoever gets true says by ``succeeded()`` or ``failed()`` how it went.
    public func tryPass() -> Bool {
        guard failures > 0 else { return true }
        let now = clock.uptime
        return record.withLock { record in
            if record.state == .closed { return true }
            guard now - record.since >= pause else { return false }
            record.state = .halfOpen
            record.since = now
            return true
        }
    }

    /// Tells that a call went well.
    public func succeeded() {
        guard failures > 0 else { return }
        record.withLock { record in
            record.state = .closed
            record.failuresInRow = 0
        }
    }

    /// Tells that a call failed.
    public func failed() {
        guard failures > 0 else { return }
        let now = clock.uptime
        record.withLock { record in
            record.failuresInRow = min(record.failuresInRow + 1, failures)
            guard record.state == .halfOpen || record.failuresInRow >= failures else { return }
            if record.state != .open { record.since = now }
            record.state = .open
        }
    }

    /// Runs an operation, or refuses it.
    ///
    /// - Parameter isFailure: whether an error tells against what is called, rather than against the call.
    /// - Throws: NoResponse `CIRCUIT_OPEN` when it is refused, else what the operation throws.
    public func run<Result>(
        _ context: Context, name: String, isFailure: (any Error) -> Bool, _ operation: () async throws -> Result
    ) async throws -> Result {
        guard tryPass() else {
            throw ApplicationError.connection(
                code: "CIRCUIT_OPEN", "\(name) failed \(failures) times in a row and is left alone for a while",
                traceId: context.traceId, details: ["name": .string(name)])
        }
        do {
            let result = try await operation()
            succeeded()
            return result
        } catch {
            // A cancelled call tells nothing: the next one after the pause will.
            if !(error is CancellationError) { isFailure(error) ? failed() : succeeded() }
            throw error
        }
    }
}
