/// Limits the time of requests by the context's deadline and by a limit per request.
///
/// The remaining time is sent as ``HTTPFieldNames/timeout``, so that the peer can stop work that nobody waits for.
public struct DeadlineHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let limit: Duration?
    private let clock: any ClockSource

    /// Wraps a connector.
    /// - Parameter limit: the maximum time of a request; nil for only the context's deadline.
    public init(_ base: any HTTPConnector, limit: Duration?, clock: any ClockSource) {
        self.base = base
        self.limit = limit
        self.clock = clock
    }

    /// Sends a request within the remaining time.
    /// - Throws: NoResponse `TIMEOUT`, at once if no time is left.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var shortest = request.timeout
        if let limit { shortest = min(shortest ?? limit, limit) }
        if let deadline = context.deadline {
            let left = deadline - clock.uptime
            shortest = min(shortest ?? left, left)
        }
        guard let timeout = shortest else { return try await base.send(context, request) }
        guard timeout > .zero else {
            throw HTTPFailure.error(HTTPFailure.timeout, "the time for the call is over", context, request)
        }
        var request = request
        request.timeout = timeout
        // Rounded up: 0 would make the peer give up at once.
        request.headers.append((HTTPFieldNames.timeout, "\(Int64(timeout.milliseconds.rounded(.up)))"))
        return try await base.send(context, request)
    }
}
