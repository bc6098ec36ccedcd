/// A request that an ``HTTPConnector`` sends.
public struct HTTPClientRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// Where it goes: `http://host:port/path?query`, encoded.
    public var url: String
    /// Header fields, as they are sent.
    public var headers: [(name: String, value: String)]
    /// The body. An empty one of known length is sent as none.
    public var body: HTTPBody
    /// How long connecting may take, the look-up of the host's name included; nil for the connector's own limit.
    public var connectTimeout: Duration?
    /// How long all of it may take; nil for no limit.
    public var timeout: Duration?
    /// The largest body of a response, in bytes; nil for any.
    public var maxResponseSize: Int?
    /// True to be given the response while its body is still on its way.
    public var streamsResponse = false
    /// True to accept a compressed response, which the connector decompresses; ``maxResponseSize`` is the size of the
    /// decompressed body. False by default. Has no effect on a request with an `Accept-Encoding` field, whose response is
    /// passed on as it comes, and on bodies that are streamed.
    public var acceptsCompression = false
    /// How the connection is made.
    public var transport: HTTPTransport

    /// Creates a request.
    public init(
        _ method: HTTPMethod, _ url: String, headers: [(name: String, value: String)] = [],
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

    /// The value of a header field, whatever its capitals; nil when there is none. The values of several fields are
    /// joined by `, `. Of several `Set-Cookie` fields it is the first: ``headers`` has each.
    public subscript(header name: String) -> String? { HeaderFields.value(name, in: headers) }

    /// True when sending it twice does no more than sending it once: its method is idempotent, or it has an idempotency
    /// key, and its body can be sent again.
    public var isRepeatable: Bool {
        body.isRepeatable && (method.isIdempotent || self[header: HTTPFieldNames.idempotencyKey] != nil)
    }
}

extension HTTPMethod {
    /// True when doing it twice has the effect of doing it once, by the rules of HTTP.
    public var isIdempotent: Bool { Self.idempotent.contains(self) }

    private static let idempotent: Set<HTTPMethod> = [.get, .head, .put, .delete, .options]
}
