// MARK: - Internal

/// The access log: one line per request.
extension HTTPEndpoint {
    /// Logs a request and its response. A streamed response is logged after its last byte, or when the client has
    /// disconnected.
    ///
    /// - Parameter start: the clock's `uptime` at the arrival of the request.
    func logAccess(_ request: RestRequest, _ response: inout RestResponse, traceId: String?, since start: Duration) {
        var context = Context(traceId: traceId)
        context.traceParent = request.traceParent
        let client = request.clientAddress
        let (method, status) = (request.method.rawValue, response.status)
        let route = routePath(of: request)
        let path = route == nil ? request.path.shortened : nil
        let write = { @Sendable [logger, clock, context] (bytes: Int) in
            let time = ((clock.uptime - start).milliseconds * 1000).rounded() / 1000
            var fields: AnyValueMap = ["method": .string(method), "route": route.map(AnyValue.string) ?? .null]
            if let path { fields["path"] = .string(path) }
            fields["status"] = .integer(Int64(status))
            fields["bytes"] = .integer(Int64(bytes))
            fields["time"] = .double(time)
            fields["client"] = client.map(AnyValue.string) ?? .null
            logger.info(context, "HTTP request", fields)
        }
        guard let writer = response.writer else { return write(response.body.count) }
        response.writer = { send in
            var bytes = 0
            defer { write(bytes) }
            try await writer { piece in
                try await send(piece)
                bytes += piece.count
            }
        }
    }

    /// The route pattern of a request, such as `/beacons/:beacon_id`; nil if no route matches. Request paths are not
    /// logged, because clients choose them: there would be too many values.
    private func routePath(of request: RestRequest) -> String? {
        guard case .found(let entry, _) = routes.router.match(request.method, request.path) else { return nil }
        return entry.route.path
    }
}
