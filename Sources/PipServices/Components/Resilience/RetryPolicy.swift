/// The retry policy of an operation: exponential back-off with jitter, so that callers that failed together do not
/// retry together.
///
/// It uses the clock and the random source of the component. Only the caller knows what may be retried: an operation
/// that is not idempotent may have been executed although it failed.
public struct RetryPolicy: Sendable, Hashable {
    /// The maximum number of retries; 0 for none.
    public var retries: Int
    /// The back-off before the first retry. It doubles with each retry.
    public var delay: Duration
    /// The maximum back-off.
    public var maxDelay: Duration
    /// The part of the back-off that is random, from 0 to 1.
    public var jitter: Double

    /// Creates a policy. Negative numbers become zero, and a `jitter` above 1 becomes 1.
    public init(
        retries: Int = 3, delay: Duration = .milliseconds(100), maxDelay: Duration = .seconds(2), jitter: Double = 0.5
    ) {
        self.retries = max(0, retries)
        self.delay = max(.zero, delay)
        self.maxDelay = max(.zero, maxDelay)
        self.jitter = jitter.isFinite ? min(max(jitter, 0), 1) : 0
    }

    /// Returns the back-off before a retry. The first retry is 0.
    public func pause(before retry: Int, _ random: some RandomSource) -> Duration {
        // Twenty doublings multiply the delay by a million, so only `maxDelay` matters beyond that.
        let longest = min(maxDelay, delay * (1 << min(max(retry, 0), 20)))
        return longest * (1 - jitter * random.nextFraction())
    }

    /// Runs an operation until it succeeds, fails permanently, or has no time for another attempt.
    ///
    /// - Parameters:
    ///   - deadline: the end of all attempts on the clock's `uptime`. A back-off that would end after the deadline is
    ///     not started.
    ///   - budget: limits the retries of all operations that share it; nil for no limit.
    ///   - retryAfter: returns the minimum back-off for an error that may be retried, and nil for any other.
    ///   - operation: receives the number of the attempt, from 0.
    /// - Throws: the last error of the operation; `CancellationError` if the task is cancelled during a back-off.
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
