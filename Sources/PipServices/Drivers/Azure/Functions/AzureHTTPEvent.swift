#if PIP_AZURE
/// A request of an HTTP trigger inside an invocation, used if the host does not forward requests.
struct AzureHTTPEvent: Sendable {
    private let function: String
    private let method: String
    private let fields: AnyValueMap
    private let isSecure: Bool
    private let host: String
    /// Path and query.
    private let target: String

    /// Parses a request; nil for the value of another binding.
    /// - Throws: BadRequest `BAD_EVENT` for an invalid URL.
    init?(_ context: Context, function: String, _ fields: AnyValueMap) throws(ApplicationError) {
        guard let url = fields["Url"]?.string, let method = fields["Method"]?.string else { return nil }
        guard let mark = url.utf8.firstRange(of: "://".utf8) else {
            throw AzureInvocation.badEvent(function, "has a 'Url' without a protocol", context)
        }
        let rest = url[mark.upperBound...]
        let authority = rest.prefix(upTo: "/", "?", "#")
        let path = rest[authority.endIndex...].prefix(upTo: "#")
        self.function = function
        self.method = method
        self.fields = fields
        isSecure = url[..<mark.lowerBound].asciiLowercased.isSame(as: "https")
        host = String(authority)
        target = path.begins(with: "/") ? String(path) : "/\(path)"
    }

    /// Returns the request for the endpoint. If the path is that of the function, without a route, the request calls an
    /// action.
    /// - Parameter outer: the host's request.
    func request(_ outer: RestRequest) -> RestRequest {
        let (path, query) = target[...].divided(atFirst: "?") ?? (target[...], "")
        let isFunction = RestPath.normalized(String(path)).isSame(as: "/\(function)")
        // The host accepts only text bodies, so a compressed body would be lost.
        let headers = headers.filter { !$0.name.isSame(ignoringCase: "accept-encoding") }
        var request = RestRequest(
            HTTPMethod(received: method), (isFunction ? "/" : String(path)) + (query.isEmpty ? "" : "?\(query)"),
            headers: HeaderFields(headers), body: RestBody(body))
        let connection = RestConnection(
            remoteAddress: outer.remoteAddress, localAddress: outer.localAddress, isSecure: isSecure,
            host: HeaderFields.value("host", in: headers) ?? host, isInEvent: true)
        request.connection = { connection }
        return request
    }

    /// Returns the output of the binding `res` for the endpoint's response.
    func output(_ response: RestResponse, _ context: Context) -> AnyValue {
        var response = response
        var text = String(validating: response.body, as: UTF8.self)
        if text == nil {
            let error = ApplicationError.unsupported(
                code: "BINARY_RESPONSE",
                "The response of \(method) \(target.shortened) is no text, which the Functions host does not pass on; "
                    + "set 'enableForwardingHttpRequest' in host.json and 'forwarding' of the function",
                traceId: context.traceId)
            response = .error(error, traceId: context.traceId)
            text = String(validating: response.body, as: UTF8.self)
        }
        var headers = AnyValueMap()
        for (name, value) in response.headers where !Self.ofConnection.contains(sameAs: name.asciiLowercased) {
            let name = name.asciiLowercased
            headers[name] = .string(headers[name]?.string.map { "\($0), \(value)" } ?? value)
        }
        // The host requires all four fields.
        let status = AnyValue.integer(Int64(response.status))
        return ["statusCode": status, "status": status, "body": .string(text ?? ""), "headers": .map(headers)]
    }

    // MARK: - Internal

    private static let ofConnection = ["connection", "content-length", "transfer-encoding", "keep-alive", "date"]

    private var headers: [(name: String, value: String)] {
        (fields["Headers"]?.map ?? [:]).flatMap { name, value -> [(name: String, value: String)] in
            (value.array ?? [value]).compactMap(\.string).map { (name, $0) }
        }
    }

    /// The host sends a body as a string; some versions send JSON unencoded.
    private var body: [UInt8] {
        switch fields["Body"] {
        case .none, .some(.null): []
        case .some(.string(let text)): Array(text.utf8)
        case .some(let value): JSONWriter.bytes(of: value)
        }
    }
}
#endif
