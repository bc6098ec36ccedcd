/// A request to a route of an ``HTTPEndpoint``.
public struct RestRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The path. Interceptors, authorizers and handlers receive it decoded and without empty segments; an escaped slash
    /// stays `%2F`.
    public var path: String
    /// The query parameters.
    public var query: RestQuery
    /// The header fields.
    public var headers: HeaderFields
    /// The body.
    public var body: RestBody
    /// The path parameters, decoded: the segments that match `:name` in the route.
    public internal(set) var parameters: [String: String] = [:]
    /// The user identified by an authenticator or an interceptor; nil for an anonymous request.
    public var user: RestUser?
    /// The client's address without the port: that of the connection or, behind trusted proxies
    /// (`options.trusted_proxies` of the endpoint), the one that they report. Used by limits and ``AboutOperations``.
    /// Nil without a connection.
    public var clientAddress: String? { trustedProxies.isEmpty ? remoteAddress : ClientOrigin(self).address }
    /// The peer address of the connection, possibly that of a proxy, without the port; nil without a connection.
    public var remoteAddress: String? { connection?().remoteAddress }
    /// The local address of the connection; nil without a connection.
    public var localAddress: String? { connection?().localAddress }
    /// True if the request arrived over TLS.
    public var isSecure: Bool { connection?().isSecure ?? false }
    /// The requested host, with the port if given.
    public var host: String? { connection?().host ?? headers["host"] }

    /// The path as received.
    private let sentPath: String
    /// The proxies whose forwarding header fields are trusted.
    var trustedProxies: [AddressRange] = []
    /// Computed on demand: few requests need it.
    var connection: (@Sendable () -> RestConnection)?

    /// Creates a request for a target such as `/items?skip=5`.
    public init(
        _ method: HTTPMethod, _ target: String, headers: HeaderFields = HeaderFields(), body: RestBody = RestBody()
    ) {
        self.method = method
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = RestQuery(target[target.utf8.index(after: mark)...])
        } else {
            path = target
            query = RestQuery("")
        }
        sentPath = path
        self.headers = headers
        self.body = body
    }

    /// Returns the request with trusted proxies.
    func trusting(_ proxies: [AddressRange]) -> RestRequest {
        var request = self
        request.trustedProxies = proxies
        return request
    }

    /// The service's root URL relative to this request, without a trailing slash: `.`, `..`, `../..`. A relative URL
    /// keeps the prefix that a proxy strips from paths.
    var relativeRoot: String {
        let depth = sentPath.utf8.count { $0 == UInt8(ascii: "/") } - 1
        return depth > 0 ? Array(repeating: "..", count: depth).joined(separator: "/") : "."
    }

    /// True if path and query are valid UTF-8, escaped or not.
    var isText: Bool {
        RestQuery.isText(path) && !query.isBroken
    }

    /// The caller's trace id, from the first of: the query parameter `trace_id`, the header field of that name (version
    /// 3 calls both `correlation_id`), ``traceParent``, the header field `X-Request-Id`. It is truncated to 128 code
    /// points. Nil if the caller sent none.
    public var traceId: String? {
        for name in ["trace_id", "correlation_id"] {
            if !query.parameters.isEmpty, let id = query[name], !id.isEmpty { return TraceIds.bounded(id) }
        }
        for name in ["trace_id", "correlation_id"] {
            if let id = headers[name], !id.isEmpty { return TraceIds.bounded(id) }
        }
        if let traceParent { return traceParent.traceId }
        return headers["x-request-id"].flatMap { $0.isEmpty ? nil : TraceIds.bounded($0) }
    }

    /// The position in a trace, from the header fields `traceparent` and `tracestate`; nil if they are missing or
    /// malformed.
    public var traceParent: TraceParent? {
        headers["traceparent"].flatMap { TraceParent($0, state: headers["tracestate"]) }
    }

    /// Decompresses the body while it is read, and removes the coding and the compressed length from the header.
    /// - Parameter limit: the maximum size of a body that is read as a whole.
    /// - Throws: BadRequest `UNSUPPORTED_CODING` with status 415.
    mutating func decodeBody(limit: @autoclosure () -> Int) throws(ApplicationError) {
        guard let field = headers["content-encoding"] else { return }
        if let coding = try ContentCoding.read(field) {
            body = body.decoded(coding, limit: limit())
            headers = headers.without(["content-encoding", "content-length"])
        }
    }

    /// Returns a path parameter by its name.
    /// - Throws: BadRequest `NO_PARAMETER` if the route has none of that name.
    public func parameter(_ name: String) throws(ApplicationError) -> String {
        if let value = parameters[name] { return value }
        throw .badRequest(code: "NO_PARAMETER", "The path has no parameter '\(name)'", details: ["name": .string(name)])
    }

    /// Decodes the JSON body.
    /// - Throws: BadRequest `InvalidContent` or `INVALID_DATA`, or as ``RestBody/bytes()``.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        if let json = try await body.json() { return try json.decode(type) }
        // A type that accepts null needs no body.
        guard AnyValue.null.findings(decoding: type).isEmpty else {
            throw ValidationError.error(
                traceId: nil,
                results: [
                    .error(
                        "", "VALUE_IS_NULL", "the request has no body", expected: "NOT NULL", actual: .null)
                ])
        }
        return try AnyValue.null.decode(type)
    }
}

// MARK: - Internal

/// A server's information about a request's connection.
struct RestConnection: Sendable {
    var remoteAddress: String?
    var localAddress: String?
    var isSecure = false
    var host: String?
    /// True for a request inside an event of a cloud function.
    var isInEvent = false
}
