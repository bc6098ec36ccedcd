/// Refuses requests to a peer that does not answer, by a ``CircuitBreaker``. Answers with an error are answers; only 502,
/// 503 and 504 count against the peer. Those that are described in JSON, without `Retry-After`, do not: a service that tells
/// so of something it needs does its work, and its other operations may succeed.
///
/// What the caller or this side did does not count: a call whose time was over before it was sent, one that left the peer less
/// than `fairTime`, one that this side did not send.
public struct CircuitBreakingHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let breaker: CircuitBreaker
    private let fairTime: Duration
    private let clock: any ClockSource

    /// Wraps a connector.
    /// - Parameters:
    ///   - fairTime: how long the peer must have had, so that a missing reply counts.
    ///   - clock: what that is measured by.
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
    /// - Throws: NoResponse `CIRCUIT_OPEN` when it is.
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

    /// True for an answer which says that the peer itself, or what stands before it, does not do its work.
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
        // The peer has answered.
        case HTTPFailure.badResponse, HTTPFailure.responseTooLarge: .success
        default: .unknown
        }
    }
}
