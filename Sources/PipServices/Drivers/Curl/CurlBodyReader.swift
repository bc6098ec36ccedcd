#if PIP_CURL
/// Reads the body of a streamed response. The transfer is canceled when nobody can read it any more.
final class CurlBodyReader: Sendable {
    private let pipe: HTTPBodyPipe
    private let queue: CurlCommandQueue
    private let id: Int

    init(_ pipe: HTTPBodyPipe, _ call: CurlCall) { (self.pipe, queue, id) = (pipe, call.queue, call.id) }

    deinit { queue.cancel(id) }

    /// The next piece; nil at the end.
    func read() async throws -> [UInt8]? {
        // The transfer goes on while a read is waiting, even if it is the last use of the body.
        defer { withExtendedLifetime(self) {} }
        return try await pipe.read()
    }
}
#endif
