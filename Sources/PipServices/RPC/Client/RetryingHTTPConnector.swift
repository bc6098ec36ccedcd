/// Sends requests again that failed, as a ``RetryPolicy`` says: those that may be repeated after any failure that may
/// pass, and others only when the peer can't have got them.
///
/// The statuses 502, 503 and 504 count as failures that may pass, and so does a 429 that says when to come again. A
/// `Retry-After`, in seconds or as a date, is the least that the pause takes; one of more than a minute ends the tries. A ``RetryBudget`` bounds the retries of all
/// requests together.
public struct RetryingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let policy: RetryPolicy
    private let clock: any ClockSource
    private let random: any RandomSource
    private let budget: RetryBudget?

    /// Wraps a connector.
    /// - Parameter budget: bounds the retries of all requests together; nil for no bound.
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

    /// Sends a request, and sends it again where that may help. All tries end by the context's deadline.
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
    /// What a peer may ask for. More is a refusal, also for calls without a deadline.
    private static let longestPause = Duration.seconds(60)

    /// An answer that another try may not get.
    private struct TemporaryAnswer: Error {
        let response: HTTPClientResponse
        let pause: Duration
    }
}
