/// Builds the request of a call.
struct RestCallRequest {
    let state: RestClient.OpenState
    let context: Context
    let random: RandomSlot

    /// - Parameter path: the route below the base route, without leading and trailing slashes.
    /// - Throws: BadRequest `REQUEST_TOO_LARGE`; Unknown `UNSUPPORTED_METHOD`.
    func make(
        _ method: HTTPMethod, _ path: String, _ query: RestQueryParams, _ body: AnyValue?,
        _ extra: HeaderFields
    ) throws(ApplicationError) -> HTTPClientRequest {
        guard Self.methods.contains(method) else {
            throw .unknown(
                code: "UNSUPPORTED_METHOD",
                "The method \(method.rawValue) is not supported; expected one of "
                    + Self.methods.map(\.rawValue).joined(separator: ", "), traceId: context.traceId,
                details: ["verb": .string(method.rawValue)])
        }
        let bytes = body.map { JSONWriter.bytes(of: $0) } ?? []
        guard bytes.count <= state.maxRequest else { throw RestBody.tooLarge(limit: state.maxRequest) }
        var request = HTTPClientRequest(
            method, url(path, query), body: HTTPBody(bytes), connectTimeout: state.connectTimeout,
            maxResponseSize: state.maxResponse)
        request.acceptsCompression = state.acceptsCompression
        request.headers.reserveCapacity(8)
        request.headers.append(("Accept", "application/json"))
        if body != nil { request.headers.append(("Content-Type", "application/json")) }
        addTrace(&request)
        request.headers += extra
        if state.hasKeys, !method.isIdempotent, request[header: HTTPFieldNames.idempotencyKey] == nil {
            request.headers.append((HTTPFieldNames.idempotencyKey, key))
        }
        return request
    }

    // MARK: - Internal

    private static let methods: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete]

    private func url(_ path: String, _ query: RestQueryParams) -> String {
        var url = state.base
        if !path.isEmpty {
            if !path.begins(with: "/") { url += "/" }
            url += path
        }
        if url.isEmpty { url = "/" }
        var query = query
        if state.place != .headers { query.addTraceId(context.traceId) }
        if !query.parameters.isEmpty {
            url += url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
            url += query.encoded
        }
        return url
    }

    private func addTrace(_ request: inout HTTPClientRequest) {
        if state.place != .query, let traceId = context.traceId, !traceId.isEmpty,
            HeaderFields.allBytes(of: traceId, { (0x21...0x7E).contains($0) })
        {
            request.headers.append((HTTPFieldNames.traceId, traceId))
        }
        guard let parent = context.traceParent?.child(random) else { return }
        request.headers.append((HTTPFieldNames.traceParent, parent.description))
        if let traceState = parent.state { request.headers.append((HTTPFieldNames.traceState, traceState)) }
    }

    private var key: String { String(random.next(), radix: 16) + String(random.next(), radix: 16) }
}
