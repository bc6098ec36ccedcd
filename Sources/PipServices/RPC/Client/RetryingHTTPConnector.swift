/// Sends requests again that failed, as a ``RetryPolicy`` says: those that may be repeated after any failure that may
/// pass, and others only when the peer can't have got them.
///
/// The statuses 502, 503 and 504 count as failures that may pass; a `Retry-After` in seconds is the least that the pause
/// takes.
public struct RetryingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let policy: RetryPolicy
    private let clock: any ClockSource
    private let random: any RandomSource

    /// Wraps a connector.
    public init(_ base: any HTTPConnector, policy: RetryPolicy, clock: any ClockSource, random: any RandomSource) {
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
                clock: clock, random: random, deadline: context.deadline,
                retryAfter: { error in
                    if let answer = error as? TemporaryAnswer { return answer.pause }
                    let isRetried = isRepeatable ? HTTPFailure.isTransient(error) : HTTPFailure.isUnsent(error)
                    return isRetried ? .zero : nil
                },
                { attempt in
                    let response = try await base.send(context, request)
                    guard isRepeatable, attempt < policy.retries, Self.temporary.contains(response.status) else {
                        return response
                    }
                    throw TemporaryAnswer(response)
                })
        } catch let error as TemporaryAnswer {
            return error.response
        }
    }

    // MARK: - Internal

    private static let temporary: Set<Int> = [502, 503, 504]

    /// An answer that another try may not get.
    private struct TemporaryAnswer: Error {
        let response: HTTPClientResponse
        let pause: Duration

        init(_ response: HTTPClientResponse) {
            self.response = response
            let seconds = response[header: "Retry-After"].flatMap { Int64($0) } ?? 0
            pause = .seconds(min(max(seconds, 0), 86_400))
        }
    }
}
