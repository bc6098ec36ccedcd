/// A response that an ``HTTPConnector`` gives.
public struct HTTPClientResponse: Sendable {
    /// The status.
    public var status: Int
    /// Header fields, in the order in which they came.
    public var headers: [(name: String, value: String)]
    /// The body. One of a streamed response is read once.
    public var body: HTTPBody

    /// Creates a response.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody = HTTPBody()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of a header field, whatever its capitals; nil when there is none.
    public subscript(header name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}
