/// Fails fast while a peer does not respond, using a ``CircuitBreaker``. Of the responses, only 502, 503 and 504 count
/// as failures. They do not count if the body is a JSON error and `Retry-After` is missing: such a service works but
/// reports a failed dependency, and its other operations may succeed.
///
/// Failures on the caller's side do not count: a call whose deadline passed before it was sent, one that left the peer
/// less than `fairTime`, and one that was never sent.
public struct CircuitBreakingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let breaker: CircuitBreaker
    private let fairTime: Duration
    private let clock: any ClockSource

    /// Wraps a connector.
    /// - Parameters:
    ///   - fairTime: the minimum duration of a request without a response that counts as a failure of the peer.
    ///   - clock: measures that time.
    public init(
        _ base: any HTTPConnector, breaker: CircuitBreaker, fairTime: Duration = .seconds(1),
        clock: any ClockSource = SystemClock()
    ) {
        self.base = base
        self.breaker = breaker
        self.fairTime = fairTime
        self.clock = clock
    }

    /// Sends a request, unless the breaker is open.
    /// - Throws: NoResponse `CIRCUIT_OPEN` if it is.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard breaker.failures > 0 else { return try await base.send(context, request) }
        let start = clock.uptime
        do {
            return try await breaker.run(
                context, name: HTTPFailure.place(of: request.url),
                outcome: { outcome(of: $0, time: clock.uptime - start) },
                {
                    let response = try await base.send(context, request)
                    guard Self.isOfPeer(response) else { return response }
                    throw Unavailable(response: response)
                })
        } catch let error as Unavailable {
            return error.response
        }
    }

    // MARK: - Internal

    /// True for a response which says that the peer, or a proxy before it, is not working.
    private static func isOfPeer(_ response: HTTPClientResponse) -> Bool {
        guard (502...504).contains(response.status) else { return false }
        let type = response[header: "Content-Type"]?.prefix(upTo: ";").trimmed.asciiLowercased
        return type != "application/json" || response[header: "Retry-After"] != nil
    }

    private struct Unavailable: Error {
        let response: HTTPClientResponse
    }

    private func outcome(of error: any Error, time: Duration) -> CircuitBreaker.Outcome {
        if error is Unavailable { return .failure }
        guard let error = error as? ApplicationError else { return .unknown }
        return switch error.code {
        case HTTPFailure.cannotConnect, HTTPFailure.tlsFailed, HTTPFailure.connectionLost: .failure
        case HTTPFailure.timeout, HTTPFailure.connectTimeout: time >= fairTime ? .failure : .unknown
        // The peer has responded.
        case HTTPFailure.badResponse, HTTPFailure.responseTooLarge: .success
        default: .unknown
        }
    }
}
