/// A response received by an ``HTTPConnector``.
public struct HTTPClientResponse: Sendable {
    /// The status.
    public var status: Int
    /// The header fields, in the order received.
    public var headers: [(name: String, value: String)] {
        get {
            switch fields {
            case .list(let list): list
            case .lines(let lines): HeaderFields.fields(lines)
            }
        }
        set { fields = .list(newValue) }
    }
    /// The body. A streamed body can be read once.
    public var body: HTTPBody

    /// Creates a response.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody = HTTPBody()) {
        self.status = status
        fields = .list(headers)
        self.body = body
    }

    /// Creates a response with an unparsed header: few callers read the fields.
    init(status: Int, header lines: [UInt8], body: HTTPBody) {
        self.status = status
        fields = .lines(lines)
        self.body = body
    }

    /// The value of a header field, ignoring case; nil if it is missing. Multiple fields are joined by `, `, except
    /// `Set-Cookie`, of which the first is returned: ``headers`` contains all.
    public subscript(header name: String) -> String? { HeaderFields.value(name, in: headers) }

    // MARK: - Internal

    private enum Fields: Sendable {
        case list([(name: String, value: String)])
        case lines([UInt8])
    }
    private var fields: Fields
}
