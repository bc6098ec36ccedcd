/// A request to a route of an ``HTTPEndpoint``.
public struct RestRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The path. Interceptors, authorizers and handlers receive it decoded, without empty segments; a slash that is part
    /// of a segment stays `%2F`.
    public var path: String
    /// The parameters behind the `?`.
    public var query: RestQuery
    /// The header fields.
    public var headers: RestHeaders
    /// The body.
    public var body: RestBody
    /// The parts of the path that stand for `:name` in the route, decoded.
    public internal(set) var parameters: [String: String] = [:]
    /// Who sends it, as an authenticator or an interceptor found out; nil when nobody is signed in.
    public var user: RestUser?
    /// The address of the client, without the port: that of the connection, or behind trusted proxies
    /// (`options.trusted_proxies` of the endpoint) the one that they report. Limits and ``AboutOperations`` use it. Nil when
    /// there is no connection.
    public var clientAddress: String? { trustedProxies.isEmpty ? remoteAddress : ClientOrigin(self).address }
    /// The address that the connection comes from, which is that of a proxy if there is one, without the port; nil when
    /// there is no connection.
    public var remoteAddress: String? { connection?().remoteAddress }
    /// The address at which the service was reached; nil when there is no connection.
    public var localAddress: String? { connection?().localAddress }
    /// True when it came by TLS.
    public var isSecure: Bool { connection?().isSecure ?? false }
    /// The host, with the port where it is told, that the client asked for.
    public var host: String? { connection?().host ?? headers["host"] }

    /// The path as it was sent.
    private let sentPath: String
    /// The proxies whose header fields about the client are believed.
    var trustedProxies: [AddressRange] = []
    /// Read where the server keeps it: few requests are asked for it.
    var connection: (@Sendable () -> RestConnection)?

    /// Creates a request to a target such as `/items?skip=5`.
    public init(
        _ method: HTTPMethod, _ target: String, headers: RestHeaders = RestHeaders(), body: RestBody = RestBody()
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

    /// The request of an endpoint that trusts these proxies.
    func trusting(_ proxies: [AddressRange]) -> RestRequest {
        var request = self
        request.trustedProxies = proxies
        return request
    }

    /// The root of the service as a URL that is relative to this request, without a slash at its end: `.`, `..`, `../..`.
    /// A relative URL keeps the prefix that a proxy strips from the paths.
    var relativeRoot: String {
        let depth = sentPath.utf8.count { $0 == UInt8(ascii: "/") } - 1
        return depth > 0 ? Array(repeating: "..", count: depth).joined(separator: "/") : "."
    }

    /// True when path and query are UTF-8, escaped or not.
    var isText: Bool {
        RestQuery.isText(path) && !query.isBroken
    }

    /// The trace id that the caller sent, the first of: the query parameter `trace_id`, the header field of that name
    /// (version 3 calls both `correlation_id`), the trace of ``traceParent``, the header field `X-Request-Id`. A longer
    /// one is cut off after 128 code points. Nil if the caller sent none.
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

    /// Where the request stands in a trace: the header fields `traceparent` and `tracestate`. Nil when there are none,
    /// or when they are malformed.
    public var traceParent: TraceParent? {
        headers["traceparent"].flatMap { TraceParent($0, state: headers["tracestate"]) }
    }

    /// Decompresses the body while it is read. What the handler sees has neither a coding nor the compressed length.
    /// - Parameter limit: the largest body that is read whole.
    /// - Throws: BadRequest `UNSUPPORTED_CODING` with status 415.
    mutating func decodeBody(limit: @autoclosure () -> Int) throws(ApplicationError) {
        guard let field = headers["content-encoding"] else { return }
        if let coding = try ContentCoding.read(field) {
            body = body.decoded(coding, limit: limit())
            headers = headers.without(["content-encoding", "content-length"])
        }
    }

    /// A part of the path by its name in the route.
    /// - Throws: BadRequest `NO_PARAMETER` when the route has none of that name.
    public func parameter(_ name: String) throws(ApplicationError) -> String {
        if let value = parameters[name] { return value }
        throw .badRequest(code: "NO_PARAMETER", "The path has no parameter '\(name)'", details: ["name": .string(name)])
    }

    /// The body as JSON, decoded.
    /// - Throws: BadRequest `InvalidContent` or `INVALID_DATA`, or as ``RestBody/bytes()``.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        if let json = try await body.json() { return try json.decode(type) }
        // A type that takes null needs no body.
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

/// What a server knows of how a request came.
struct RestConnection: Sendable {
    var remoteAddress: String?
    var localAddress: String?
    var isSecure = false
    var host: String?
}
