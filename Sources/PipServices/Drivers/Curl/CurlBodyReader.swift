#if PIP_CURL
/// Reads the body of a streamed response. The transfer is cancelled when the reader is released.
final class CurlBodyReader: Sendable {
    private let pipe: HTTPBodyPipe
    private let queue: CurlCommandQueue
    private let id: Int

    init(_ pipe: HTTPBodyPipe, _ call: CurlCall) { (self.pipe, queue, id) = (pipe, call.queue, call.id) }

    deinit { queue.cancel(id) }

    /// Returns the next chunk; nil at the end.
    func read() async throws -> [UInt8]? {
        // Keeps the transfer alive during a read, even if it is the last use of the body.
        defer { withExtendedLifetime(self) {} }
        return try await pipe.read()
    }
}
#endif
