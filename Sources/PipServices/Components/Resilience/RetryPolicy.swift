/// How often and when something that failed is tried again: pauses that double, each cut by chance, so that callers who
/// failed together do not come back together.
///
/// A value, on the clock and the random numbers of the component that uses it. What may be tried again, only the user
/// can know: an operation that is not idempotent may have been carried out although it failed.
public struct RetryPolicy: Sendable, Hashable {
    /// How many times it is tried again after the first; 0 for never.
    public var retries: Int
    /// The pause before the first retry. It doubles with each further one.
    public var delay: Duration
    /// The longest pause.
    public var maxDelay: Duration
    /// The part of a pause that chance may take away: 0 for none of it, 1 for all.
    public var jitter: Double

    /// Creates a policy. Negative numbers count as zero, and a part above 1 as 1.
    public init(
        retries: Int = 3, delay: Duration = .milliseconds(100), maxDelay: Duration = .seconds(2), jitter: Double = 0.5
    ) {
        self.retries = max(0, retries)
        self.delay = max(.zero, delay)
        self.maxDelay = max(.zero, maxDelay)
        self.jitter = jitter.isFinite ? min(max(jitter, 0), 1) : 0
    }

    /// The pause before a retry, the first of which is 0.
    public func pause(before retry: Int, _ random: some RandomSource) -> Duration {
        // Twenty doublings are a million times the first pause: beyond, only the bound counts.
        let longest = min(maxDelay, delay * (1 << min(max(retry, 0), 20)))
        return longest * (1 - jitter * random.nextFraction())
    }

    /// Runs an operation until it succeeds, fails for good, or there is no time for another try.
    ///
    /// - Parameters:
    ///   - deadline: the reading of the clock's `uptime` at which all tries must have ended. A pause that would end
    ///     later is not begun.
    ///   - budget: bounds the retries of all operations that share it; nil for no bound.
    ///   - retryAfter: says of a failure whether it may be tried again, and after how long at least; nil ends the tries.
    ///   - operation: is told which try it is, from 0.
    /// - Throws: the last error of the operation; `CancellationError` when the task is cancelled in a pause.
    public func run<Result>(
        clock: some ClockSource, random: some RandomSource, deadline: Duration? = nil,
        budget: RetryBudget? = nil, retryAfter: (any Error) -> Duration?, _ operation: (Int) async throws -> Result
    ) async throws -> Result {
        var attempt = 0
        budget?.noteCall()
        while true {
            do {
                return try await operation(attempt)
            } catch {
                guard attempt < retries, !(error is CancellationError), let least = retryAfter(error) else {
                    throw error
                }
                let pause = max(least, pause(before: attempt, random))
                if let deadline, clock.uptime.adding(timeout: pause) >= deadline { throw error }
                guard budget?.takeRetry() ?? true else { throw error }
                try await clock.sleep(for: pause)
                attempt += 1
            }
        }
    }
}
