import FoundationEssentials

/// Adds the settings of one address of a service: certificates, and the user in its URI.
struct TargetHTTPConnector: HTTPConnector {
    /// Scheme, host, port and the path of the URI.
    let address: String
    /// Host and port, for counter names.
    let peer: String
    private let base: any HTTPConnector
    private let transport: HTTPTransport
    /// The value of `Authorization`; nil for none.
    private let authorization: String?

    /// - Parameters:
    ///   - connection: an address returned by ``HTTPConnectionResolver/resolveEach(_:)``.
    ///   - base: returns the connector for the address.
    /// - Throws: Misconfiguration `BAD_URI` for a URI with a query, or with a colon in the user name.
    init(
        _ context: Context, _ connection: ConfigParams, transport: HTTPTransport, base: (String) -> any HTTPConnector
    ) throws(ApplicationError) {
        let params = ConnectionParams(connection)
        let uri = ConnectionURI(params.uri ?? "")
        func bad(_ what: String) -> ApplicationError {
            .config(
                code: "BAD_URI", key: "connection.uri",
                "The URI of the connection to '\(params.host ?? "")' \(what); expected "
                    + "protocol://user:password@host:port/path", traceId: context.traceId)
        }
        guard uri.query.isEmpty else { throw bad("has a query") }
        let port = params.port.flatMap { $0 > 0 ? ":\($0)" : nil } ?? ""
        let path = (uri.path ?? "").parts(separatedBy: "/", omittingEmpty: true).map { "/\($0)" }.joined()
        address = "\(params.protocol ?? "http")://\(ConnectionURI.bracketed(params.host ?? "localhost"))\(port)\(path)"
        peer = [params.host ?? "localhost", params.port.map { "\($0)" } ?? ""].filter { !$0.isEmpty }.joined(
            separator: "_")
        if uri.username != nil || uri.password != nil {
            let user = uri.username ?? ""
            guard !user.contains(scalar: ":") else { throw bad("has a user with a colon, which HTTP cannot send") }
            authorization = "Basic " + Data("\(user):\(uri.password ?? "")".utf8).base64EncodedString()
        } else {
            authorization = nil
        }
        self.transport = transport
        self.base = base(address)
    }

    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var request = request
        request.transport = transport
        if let authorization, request[header: "Authorization"] == nil {
            request.headers.append(("Authorization", authorization))
        }
        return try await base.send(context, request)
    }
}
