/// Sends HTTP requests to other services. Clients are built on it.
///
/// All calls are safe from any task. Cancelling the task stops the transfer. Transport errors are NoResponse errors
/// with the codes in ``HTTPFailure``; any response of the peer is returned, whatever its status. A connector neither
/// follows redirects nor retries: wrappers such as ``RetryingHTTPConnector`` add that.
///
/// A connector that needs configuration or opening is also a ``Component``.
public protocol HTTPConnector: Sendable {
    /// Sends a request. Returns the response when it is complete or, with ``HTTPClientRequest/streamsResponse``, as
    /// soon as its header fields have arrived.
    ///
    /// - Throws: NoResponse with a code of ``HTTPFailure``; BadRequest `BAD_URL` or `BAD_HEADER` for an invalid
    ///   request; `CancellationError`; errors of the request's body.
    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse
}
