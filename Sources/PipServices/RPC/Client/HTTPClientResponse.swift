/// A response that an ``HTTPConnector`` gives.
public struct HTTPClientResponse: Sendable {
    /// The status.
    public var status: Int
    /// Header fields, in the order in which they came.
    public var headers: [(name: String, value: String)] {
        get {
            switch fields {
            case .list(let list): list
            case .lines(let lines): HeaderFields.fields(lines)
            }
        }
        set { fields = .list(newValue) }
    }
    /// The body. One of a streamed response is read once.
    public var body: HTTPBody

    /// Creates a response.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody = HTTPBody()) {
        self.status = status
        fields = .list(headers)
        self.body = body
    }

    /// A response whose header is as it came: few callers look at its fields.
    init(status: Int, header lines: [UInt8], body: HTTPBody) {
        self.status = status
        fields = .lines(lines)
        self.body = body
    }

    /// The value of a header field, whatever its capitals; nil when there is none. The values of several fields are
    /// joined by `, `. Of several `Set-Cookie` fields it is the first: ``headers`` has each.
    public subscript(header name: String) -> String? { HeaderFields.value(name, in: headers) }

    // MARK: - Internal

    private enum Fields: Sendable {
        case list([(name: String, value: String)])
        case lines([UInt8])
    }
    private var fields: Fields
}
