#if PIP_HTTP
internal import DequeModule

/// The rules of HTTP/1 for persistent connections and for the framing of responses (RFC 9112, 6.3 and 9.3).
///
/// A pure state machine: ``HTTP1Codec`` carries out what it returns. Responses are written in the order of the requests.
struct HTTP1StateMachine {
    /// What a request header says about its response and its connection.
    struct Request: Equatable, Sendable {
        /// True for HTTP/1.0.
        var isHTTP10 = false
        /// True for the method `HEAD`.
        var isHead = false
        /// The members of all `Connection` fields, in lower case.
        var connection: [String] = []
        /// True for a request with a transfer coding.
        var hasTransferCoding = false

        /// True if the connection stays open after the response.
        var isPersistent: Bool {
            if connection.contains(sameAs: "close") { return false }
            // HTTP/1.0 knows no transfer codings: a proxy could have read the end of such a body elsewhere (RFC 9112, 6.1).
            return !isHTTP10 || connection.contains(sameAs: "keep-alive") && !hasTransferCoding
        }
    }

    /// How a response is sent.
    struct Response: Equatable, Sendable {
        /// The value of the field `Connection`; nil for none.
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

    /// False if the bytes of the current response's body are to be dropped: its request or its status allows none.
    private(set) var sendsBody = false

    /// Notes a request.
    mutating func receive(_ request: Request) { requests.append(request) }

    /// Begins a response.
    /// - Parameters:
    ///   - hasLength: true for a response with a `Content-Length`.
    ///   - closes: true if the server wants to close the connection after the response.
    mutating func beginResponse(status: Int, hasLength: Bool, closes: Bool) -> Response {
        sendsBody = false
        if (100..<200).contains(status) { return Response(mayHaveLength: false) }
        // Without a request it is the response to what is not HTTP.
        let request = requests.first ?? Request(connection: ["close"])
        let mayHaveLength = status != 204 && status != 304
        sendsBody = mayHaveLength && !request.isHead
        let isUnframed = sendsBody && !hasLength
        // A client of HTTP/1.0 knows no chunks: such a body ends with the connection.
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

    /// The requests without a complete response. The guard bounds how many are read ahead.
    private var requests = Deque<Request>()
}
#endif
