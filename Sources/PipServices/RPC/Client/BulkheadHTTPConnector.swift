/// Bounds how many requests are in flight at once, by a ``Bulkhead``.
public struct BulkheadHTTPConnector: HTTPConnector {
    private let base: any HTTPConnector
    private let bulkhead: Bulkhead

    /// Wraps a connector.
    public init(_ base: any HTTPConnector, bulkhead: Bulkhead) {
        self.base = base
        self.bulkhead = bulkhead
    }

    /// Sends a request as soon as there is room.
    /// - Throws: TooManyRequests `BULKHEAD_FULL` when too many wait already.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try await bulkhead.run(context, name: HTTPFailure.place(of: request.url)) {
            try await base.send(context, request)
        }
    }
}
