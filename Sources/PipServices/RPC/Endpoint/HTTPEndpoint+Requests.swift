/// Request processing: limits, authentication, interceptors and routing.
extension HTTPEndpoint {
    /// Handles a request as if it came from the network. Never throws: errors become responses.
    public func respond(to request: RestRequest) async -> RestResponse {
        let request = request.trusting(proxies)
        let traceId = request.traceId ?? (generateTraceId() ? IdGenerator.nextLong(random()) : nil)
        let start = accessLog() && logger.isEnabled(.info) ? clock.uptime : nil
        var response: RestResponse
        if let preflight = preflight(request) {
            response = preflight
        } else {
            response = await limits.run(
                request, isServedAlways: { isServedAlways(request) },
                refuse: { refusal($0, request, traceId: traceId) }, { await answer(request, traceId: traceId) })
        }
        if !(200...599).contains(response.status) {
            // After an informational status, the client would mistake the next response for this one.
            let error = ApplicationError.internal(
                code: "BAD_STATUS", "A response has the status \(response.status); expected 200 to 599")
            logger.error(Context(traceId: traceId), error: error, "A request failed")
            response = .error(error, traceId: traceId)
        }
        // These have no content (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
        if [204, 205, 304].contains(response.status) { (response.body, response.writer) = ([], nil) }
        if response.status == 401 {
            AuthenticationChallenge.add(to: &response, of: request, schemes: schemes, realm: realm())
        }
        if let traceId, Self.isPrintable(traceId) { response.headers.append(("trace_id", traceId)) }
        if !allowsAnyOrigin { allowOrigin(request, &response) }
        if compression(), ResponseCompression.isWorthwhile(response) {
            ResponseCompression.vary(&response)
            if ResponseCompression.accepts(request.headers["accept-encoding"]) {
                await ResponseCompression.compress(&response)
            }
        }
        if request.method == .head {
            // The length of the omitted body; unknown for a streamed one.
            let hasLength = response.headers.contains { $0.name.isSame(ignoringCase: "content-length") }
            if !response.body.isEmpty || response.writer == nil && !hasLength && response.status != 204 {
                response.headers.removeAll { $0.name.isSame(ignoringCase: "content-length") }
                response.headers.append(("Content-Length", "\(response.body.count)"))
            }
            response.body = []
            response.writer = nil
        }
        if let start { logAccess(request, &response, traceId: traceId, since: start) }
        return response
    }

    // MARK: - Internal

    // Inlined for speed: every suspending function adds cost to each request.
    @inline(__always)
    private func answer(_ request: RestRequest, traceId: String?) async -> RestResponse {
        if maintenance(), !isServedAlways(request) {
            return RestResponse(status: 503, headers: [("Retry-After", "3600")])
        }
        guard request.isText else {
            return refusal(
                .badRequest(code: "BAD_TEXT", "The path or query is not valid UTF-8"), request, traceId: traceId)
        }
        let routes = routes
        if request.method == .options, request.path.isSame(as: "*") { return options(routes.router.methods) }
        var request = request
        do {
            try request.decodeBody(limit: limits.server.bodySize)
        } catch {
            var response = refusal(error, request, traceId: traceId)
            response.headers.append(("Accept-Encoding", ContentCoding.accepted))
            return response
        }
        let match = routes.router.match(request.method, request.path)
        if case .found(_, let parameters) = match, !parameters.isEmpty { request.parameters = parameters }
        let isSafe = RestPath.isSafe(request.path)
        request.path = RestPath.normalized(request.path)
        // Checked before interceptors, which may respond by path.
        guard isSafe else { return refusal(Self.notFound(request), request, traceId: traceId) }
        if CrossOriginBody.needsJSONType(request) { request.body.isTypeRequired = true }
        let interceptors =
            routes.interceptors.isEmpty ? [] : routes.interceptors.filter { $0.matches(request.path) }
        do {
            let deadline = limits.deadline(of: request)
            guard traceId != nil || deadline != nil else {
                return try await run(match, interceptors[...], .empty, request)
            }
            var context = Context(traceId: traceId)
            context.traceParent = request.traceParent
            context.deadline = deadline
            // For packages that receive no context: their log lines and spans belong to this operation.
            return try await context.bind { try await run(match, interceptors[...], context, request) }
        } catch {
            return response(to: error, Context(traceId: traceId), request, match)
        }
    }

    /// True for a route that also serves requests during maintenance and overload.
    private func isServedAlways(_ request: RestRequest) -> Bool {
        guard case .found(let entry, _) = routes.router.match(request.method, request.path) else { return false }
        return entry.route.isServedAlways
    }

    /// Authenticates the caller, then runs the interceptors and the route.
    @inline(__always)
    private func run(
        _ match: RestRouter.Match, _ interceptors: ArraySlice<HostedInterceptor>, _ context: Context,
        _ request: RestRequest
    ) async throws -> RestResponse {
        let authenticators = authenticators()
        guard !authenticators.isEmpty,
            let user = try await RestAuthentication.user(context, request, authenticators)
        else { return try await proceed(match, interceptors, context, request) }
        var (context, request) = (context, request)
        request.user = user
        context.user = user.value
        return try await proceed(match, interceptors, context, request)
    }

    @inline(__always)
    private func proceed(
        _ match: RestRouter.Match, _ interceptors: ArraySlice<HostedInterceptor>, _ context: Context,
        _ request: RestRequest
    ) async throws -> RestResponse {
        guard let first = interceptors.first else { return try await route(match, context, request) }
        return try await intercept(first, match, interceptors.dropFirst(), context, request)
    }

    private func intercept(
        _ first: HostedInterceptor, _ match: RestRouter.Match, _ others: ArraySlice<HostedInterceptor>,
        _ context: Context, _ request: RestRequest
    ) async throws -> RestResponse {
        try await first.action(context, request) { context, request in
            do {
                return try await proceed(match, others, context, request)
            } catch {
                // Interceptors also receive error responses.
                return response(to: error, context, request, match)
            }
        }
    }

    @inline(__always)
    private func route(
        _ match: RestRouter.Match, _ context: Context, _ request: RestRequest
    ) async throws -> RestResponse {
        if access.isConfigured, needsAccess(match), let authorizer = access.authorizer {
            try await authorizer.authorize(context, request)
        }
        switch match {
        case .found(let entry, _):
            let handler = entry.route.handler
            guard limits.boundsTime else { return try await handler(context, request) }
            return try await limits.bounded(context) { try await handler(context, request) }
        case .otherMethods(let methods) where request.method == .options: return options(methods)
        case .otherMethods(let methods):
            let allowed = Self.allowed(methods)
            // The code and message match the server of the Node edition.
            let error = ApplicationError.badRequest(
                code: "MethodNotAllowed", "\(request.method.rawValue) is not allowed",
                details: ["allowed": .string(allowed)])
            var response = refusal(error.withStatus(405), request, traceId: context.traceId)
            response.headers.append(("Allow", allowed))
            return response
        case .nothing: throw Self.notFound(request)
        }
    }

    private static func notFound(_ request: RestRequest) -> ApplicationError {
        .notFound(
            code: "ResourceNotFound", "\(request.path) does not exist", details: ["path": .string(request.path)])
    }

    /// True if `authorize` and `roles` of the endpoint apply. They also cover unknown paths, so that callers can't
    /// discover the existing ones. Preflight requests, which have no credentials, are handled before.
    private func needsAccess(_ match: RestRouter.Match) -> Bool {
        if case .found(let entry, _) = match { !entry.route.ignoresEndpointAccess } else { true }
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.utf8.count <= 256 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
