/// Limits the number of requests in flight with a ``Bulkhead``.
public struct BulkheadHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let bulkhead: Bulkhead

    /// Wraps a connector.
    public init(_ base: any HTTPConnector, bulkhead: Bulkhead) {
        self.base = base
        self.bulkhead = bulkhead
    }

    /// Sends a request as soon as the bulkhead admits it.
    /// - Throws: TooManyRequests `BULKHEAD_FULL` if too many requests are waiting.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try await bulkhead.run(context, name: HTTPFailure.place(of: request.url)) {
            try await base.send(context, request)
        }
    }
}
