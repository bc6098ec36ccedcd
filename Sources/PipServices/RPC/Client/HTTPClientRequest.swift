/// A request that an ``HTTPConnector`` sends.
public struct HTTPClientRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The URL, percent-encoded: `http://host:port/path?query`.
    public var url: String
    /// The header fields.
    public var headers: HeaderFields
    /// The body. An empty body of known length is not sent.
    public var body: HTTPBody
    /// The time limit for connecting, including name resolution; nil for the connector's own limit.
    public var connectTimeout: Duration?
    /// The time limit for the whole request; nil for none.
    public var timeout: Duration?
    /// The maximum size of the response's body, in bytes; nil for no limit.
    public var maxResponseSize: Int?
    /// True to receive the response before its body is complete.
    public var streamsResponse = false
    /// True to accept a compressed response, which the connector decompresses; ``maxResponseSize`` then limits the
    /// decompressed body. False by default. Has no effect on streamed responses, or if the request has an
    /// `Accept-Encoding` field; the latter response is passed on unchanged.
    public var acceptsCompression = false
    /// The settings for making the connection.
    public var transport: HTTPTransport

    /// Creates a request.
    public init(
        _ method: HTTPMethod, _ url: String, headers: HeaderFields = [],
        body: HTTPBody = HTTPBody(), connectTimeout: Duration? = nil, timeout: Duration? = nil,
        maxResponseSize: Int? = nil, transport: HTTPTransport = HTTPTransport()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.maxResponseSize = maxResponseSize
        self.transport = transport
    }

    /// The value of a header field, ignoring case; nil if it is missing. Multiple fields are joined by `, `, except
    /// `Set-Cookie`, of which the first is returned: ``headers`` contains all.
    public subscript(header name: String) -> String? { headers[name] }

    /// True if sending the request twice has the effect of sending it once: its method is idempotent or it has an
    /// idempotency key, and its body can be sent again.
    public var isRepeatable: Bool {
        body.isRepeatable && (method.isIdempotent || self[header: HTTPFieldNames.idempotencyKey] != nil)
    }
}

extension HTTPMethod {
    /// True if HTTP defines the method as idempotent.
    public var isIdempotent: Bool { Self.idempotent.contains(self) }

    private static let idempotent: Set<HTTPMethod> = [.get, .head, .put, .delete, .options]
}
