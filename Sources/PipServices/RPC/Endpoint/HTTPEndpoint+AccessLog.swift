// MARK: - Internal

/// The access log: one line per request.
extension HTTPEndpoint {
    /// Logs an answered request. A response that is streamed is logged when its last byte is written, or when the
    /// client is gone.
    ///
    /// - Parameter start: the reading of the clock's `uptime` when the request came.
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

    /// The path of the route that a request matches, such as `/beacons/:beacon_id`; nil if there is none. A path that
    /// the client chose would make too many different values.
    private func routePath(of request: RestRequest) -> String? {
        guard case .found(let entry, _) = routes.router.match(request.method, request.path) else { return nil }
        return entry.route.path
    }
}
