/// A response received by an ``HTTPConnector``.
public struct HTTPClientResponse: Sendable {
    /// The status.
    public var status: Int
    /// The header fields, in the order received.
    public var headers: HeaderFields
    /// The body. A streamed body can be read once.
    public var body: HTTPBody

    /// Creates a response.
    public init(status: Int, headers: HeaderFields = [], body: HTTPBody = HTTPBody()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Creates a response with an unparsed header: few callers read the fields.
    init(status: Int, header lines: [UInt8], body: HTTPBody) {
        self.status = status
        headers = HeaderFields(lines: lines)
        self.body = body
    }

    /// The value of a header field, ignoring case; nil if it is missing. Multiple fields are joined by `, `, except
    /// `Set-Cookie`, of which the first is returned: ``headers`` contains all.
    public subscript(header name: String) -> String? { headers[name] }
}
