/// Bounds how long requests take: by the context's deadline, and by a limit for each.
///
/// What is left of the time goes along as ``HTTPFieldNames/timeout``, so that the peer does not work on what nobody waits
/// for any more.
public struct DeadlineHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let limit: Duration?
    private let clock: any ClockSource

    /// Wraps a connector.
    /// - Parameter limit: how long a request may take; nil for as long as the context's deadline says.
    public init(_ base: any HTTPConnector, limit: Duration?, clock: any ClockSource) {
        self.base = base
        self.limit = limit
        self.clock = clock
    }

    /// Sends a request in the time that is left.
    /// - Throws: NoResponse `TIMEOUT` at once when there is none.
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
        // Rounded up: a peer that is told 0 would not begin.
        request.headers.append((HTTPFieldNames.timeout, "\(Int64(timeout.milliseconds.rounded(.up)))"))
        return try await base.send(context, request)
    }
}
