#if PIP_HTTP
internal import DequeModule

/// The HTTP/1 rules for persistent connections and response framing (RFC 9112, 6.3 and 9.3).
///
/// A pure state machine: ``HTTP1Codec`` carries out the results. Responses are written in the order of the requests.
struct HTTP1StateMachine {
    /// The properties of a request header that affect its response and connection.
    struct Request: Equatable, Sendable {
        /// True for HTTP/1.0.
        var isHTTP10 = false
        /// True for the method `HEAD`.
        var isHead = false
        /// The members of all `Connection` fields, in lower case.
        var connection: [String] = []
        /// True for a request with a transfer coding.
        var hasTransferCoding = false

        /// True if the connection remains open after the response.
        var isPersistent: Bool {
            if connection.contains(sameAs: "close") { return false }
            // HTTP/1.0 has no transfer codings: a proxy could disagree about the end of such a body (RFC 9112, 6.1).
            return !isHTTP10 || connection.contains(sameAs: "keep-alive") && !hasTransferCoding
        }
    }

    /// The framing of a response.
    struct Response: Equatable, Sendable {
        /// The value of the `Connection` field; nil for none.
        var connection: Connection?
        /// True for the transfer coding `chunked`.
        var isChunked = false
        /// False if the response must not have a `Content-Length`.
        var mayHaveLength = true

        enum Connection: String, Sendable {
            case close
            case keepAlive = "keep-alive"
        }
    }

    /// False if body bytes are to be dropped: the request or the status allows no body.
    private(set) var sendsBody = false

    /// Adds a received request.
    mutating func receive(_ request: Request) { requests.append(request) }

    /// Starts a response.
    /// - Parameters:
    ///   - hasLength: true for a response with a `Content-Length`.
    ///   - closes: true if the server wants to close the connection after the response.
    mutating func beginResponse(status: Int, hasLength: Bool, closes: Bool) -> Response {
        sendsBody = false
        if (100..<200).contains(status) { return Response(mayHaveLength: false) }
        // Without a request, it is the response to invalid HTTP.
        let request = requests.first ?? Request(connection: ["close"])
        let mayHaveLength = status != 204 && status != 304
        sendsBody = mayHaveLength && !request.isHead
        let isUnframed = sendsBody && !hasLength
        // HTTP/1.0 clients do not support chunks: such a body ends with the connection.
        let closes = closes || !request.isPersistent || isUnframed && request.isHTTP10
        return Response(
            connection: closes ? .close : request.isHTTP10 ? .keepAlive : nil,
            isChunked: isUnframed && !request.isHTTP10, mayHaveLength: mayHaveLength)
    }

    /// Ends a response.
    mutating func endResponse() {
        sendsBody = false
        _ = requests.popFirst()
    }

    // MARK: - Internal

    /// The requests without a complete response. The guard limits how many are read ahead.
    private var requests = Deque<Request>()
}
#endif
