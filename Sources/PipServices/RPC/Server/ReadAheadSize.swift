#if PIP_HTTP
/// How many bytes of a connection of HTTP/1.1 the parser receives at once.
///
/// A parsed request takes 40 times the memory of its bytes, and an event loop that parses many requests serves nobody
/// else. The sizes are therefore small, but for a body, whose end is known.
///
/// ``ConnectionGuard`` triggers it as an outbound event of the pipeline, for ``ReadAheadLimiter``.
struct ReadAheadSize: Equatable, Sendable {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    /// For the header of a request.
    static let header = ReadAheadSize(bytes: 1024)
    /// For a client that sends requests without waiting for the responses.
    static let pipelined = ReadAheadSize(bytes: 256)

    /// For the next bytes of a connection.
    /// - Parameters:
    ///   - framing: the framing of the request that is being received; nil between requests.
    ///   - received: how many bytes of its body were received.
    ///   - isPipelining: true for a client that sends requests without waiting for the responses.
    init(of framing: RequestFraming?, received: Int, isPipelining: Bool) {
        let least = isPipelining ? Self.pipelined : .header
        guard let framing else {
            self = least
            return
        }
        // Other requests may follow the body.
        let rest = framing.isChunked ? Self.chunkedBody : min(Self.body, framing.bodyLength - received)
        bytes = max(least.bytes, rest)
    }

    // MARK: - Internal

    private static let (body, chunkedBody) = (16_384, 4096)
}
#endif
