/// Retries failed requests according to a ``RetryPolicy``. Repeatable requests are retried after any transient failure,
/// others only if the peer can't have received them.
///
/// The statuses 502, 503 and 504 are transient failures, and so is 429 with `Retry-After`. `Retry-After`, in seconds or
/// as a date, is the minimum back-off; a value of more than a minute ends the retries. A ``RetryBudget`` limits the
/// retries of all requests together.
public struct RetryingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let policy: RetryPolicy
    private let clock: any ClockSource
    private let random: any RandomSource
    private let budget: RetryBudget?

    /// Wraps a connector.
    /// - Parameter budget: limits the retries of all requests together; nil for no limit.
    public init(
        _ base: any HTTPConnector, policy: RetryPolicy, clock: any ClockSource, random: any RandomSource,
        budget: RetryBudget? = nil
    ) {
        self.budget = budget
        self.base = base
        self.policy = policy
        self.clock = clock
        self.random = random
    }

    /// Sends a request and retries it if that may help. The context's deadline covers all attempts.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard policy.retries > 0, request.body.isRepeatable else { return try await base.send(context, request) }
        let isRepeatable = request.isRepeatable
        do {
            return try await policy.run(
                clock: clock, random: random, deadline: context.deadline, budget: budget,
                retryAfter: { error in
                    if let answer = error as? TemporaryAnswer { return answer.pause }
                    let mayBeRepeated = isRepeatable || HTTPFailure.isUnsent(error)
                    return mayBeRepeated && HTTPFailure.isTransient(error) ? .zero : nil
                },
                { attempt in
                    let response = try await base.send(context, request)
                    guard isRepeatable, attempt < policy.retries else { return response }
                    let pause = response[header: "Retry-After"].flatMap { RetryAfter.delay($0, now: clock.now) }
                    guard Self.temporary.contains(response.status) || response.status == 429 && pause != nil else {
                        return response
                    }
                    if let pause, pause > Self.longestPause { return response }
                    throw TemporaryAnswer(response: response, pause: pause ?? .zero)
                })
        } catch let error as TemporaryAnswer {
            return error.response
        }
    }

    // MARK: - Internal

    private static let temporary: Set<Int> = [502, 503, 504]
    /// The longest back-off that a peer may request. A longer one is final, also for calls without a deadline.
    private static let longestPause = Duration.seconds(60)

    /// A response that a retry may improve.
    private struct TemporaryAnswer: Error {
        let response: HTTPClientResponse
        let pause: Duration
    }
}
