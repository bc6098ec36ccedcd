#if PIP_HTTP
/// The number of HTTP/1.1 bytes that the parser receives at once.
///
/// A parsed request needs 40 times the memory of its bytes, and parsing many requests blocks an event loop. The sizes
/// are therefore small, except for a body of known length.
///
/// An outbound pipeline event from ``ConnectionGuard`` to ``ReadAheadLimiter``.
struct ReadAheadSize: Equatable, Sendable {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    /// For the header of a request.
    static let header = ReadAheadSize(bytes: 1024)
    /// For a client that sends requests without waiting for responses.
    static let pipelined = ReadAheadSize(bytes: 256)

    /// The size for the next bytes of a connection.
    /// - Parameters:
    ///   - framing: the framing of the request being received; nil between requests.
    ///   - received: the number of received body bytes.
    ///   - isPipelining: true if the client sends requests without waiting for responses.
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
