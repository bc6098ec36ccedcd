/// What the toolkit needs of a way to call other services by HTTP: the clients stand on it.
///
/// All calls are safe from any task. Cancelling the task stops the transfer. What goes wrong on the way is a NoResponse
/// error, whose code ``HTTPFailure`` tells; any answer of the peer is a response, whatever its status. Redirects are not
/// followed, and nothing is sent twice: that is what ``RetryingHTTPConnector`` and its like are for, which wrap one.
///
/// A connector that has to be opened or configured is a ``Component`` too.
public protocol HTTPConnector: Sendable {
    /// Sends a request, and gives the response: when it has come in full, or with
    /// ``HTTPClientRequest/streamsResponse`` as soon as its header fields are there.
    ///
    /// - Throws: NoResponse with a code of ``HTTPFailure``; BadRequest `BAD_URL` and `BAD_HEADER` for what can't be
    ///   sent; `CancellationError`; what the body of the request throws.
    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse
}
