/// Refuses requests to a peer that does not answer, by a ``CircuitBreaker``. Answers with an error are answers; only 502,
/// 503 and 504 count against the peer.
public struct CircuitBreakingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let breaker: CircuitBreaker

    /// Wraps a connector.
    public init(_ base: any HTTPConnector, breaker: CircuitBreaker) {
        self.base = base
        self.breaker = breaker
    }

    /// Sends a request, unless the breaker is open.
    /// - Throws: NoResponse `CIRCUIT_OPEN` when it is.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await breaker.run(
                context, name: HTTPFailure.place(of: request.url),
                isFailure: { $0 is Unavailable || HTTPFailure.isTransient($0) || HTTPFailure.isUnsent($0) },
                {
                    let response = try await base.send(context, request)
                    guard (502...504).contains(response.status) else { return response }
                    throw Unavailable(response: response)
                })
        } catch let error as Unavailable {
            return error.response
        }
    }

    // MARK: - Internal

    private struct Unavailable: Error {
        let response: HTTPClientResponse
    }
}
