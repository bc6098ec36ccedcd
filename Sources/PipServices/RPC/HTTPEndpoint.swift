/// Serves HTTP for the controllers of a service (the toolkit's `HttpEndpoint`).
///
/// Controllers register their routes while the service opens; the endpoint listens once every component is open. Port 0
/// lets the system choose; ``port`` and the log tell the real one. At shutdown it stops to accept connections and
/// answers what is in flight.
///
/// With the protocol `https`, or an URI of it, it serves TLS, by HTTP/2 or HTTP/1.1 as the client likes. `docs/http.md`
/// tells of its limits.
public final class HTTPEndpoint: Component, Edge {
    private let connection = HTTPConnectionResolver(
        host: "0.0.0.0", port: 3000, allowsAnyPort: true)
    private let corsHeaders = Setting<[String]>(
        "cors_headers", default: [], "Request headers that pages of other origins may send, beside trace_id")
    private let corsOrigins = Setting<[String]>(
        "cors_origins", default: [], "Origins whose pages may call; all by default")
    private let maintenance = Setting(
        "options.maintenance_enabled", default: false, reloadable: true, "True to answer every request with 503")
    private let clientCertificate = Setting(
        "options.client_certificate", default: false,
        "True to serve only clients with a certificate that credential.ssl_ca_file vouches for")
    private let authenticators = Dependencies<any RestAuthenticator>("authenticators", "*:authenticator:*:*:1.0")
    /// Sizes, times and numbers.
    public let limits = HTTPLimits()
    private let logger = CompositeLogger()

    // Not a slot's box, which keeps what it held: routes hold their controllers, and controllers the endpoint.
    private let table = Locked(Table())
    private let server = Locked<(any HTTPServer)?>(nil)
    private let listening = Locked<Place?>(nil)

    /// Where an endpoint listens.
    private struct Place: Sendable {
        var host: String
        var port: Int
        var tls: HTTPServerTLS?

        var url: String { "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    /// What answers, and what runs around it.
    private final class Table: Sendable {
        let router: RestRouter
        let interceptors: [HostedInterceptor]

        init(_ router: RestRouter = RestRouter(), _ interceptors: [HostedInterceptor] = []) {
            self.router = router
            self.interceptors = interceptors
        }
    }

    /// Creates an endpoint.
    public init() {}

    /// The port on which the endpoint listens; nil while it does not.
    public var port: Int? { listening.current?.port }

    /// The address to call, such as `http://localhost:8080`; nil while the endpoint does not listen.
    public var address: String? {
        listening.current.map { place in
            var place = place
            if place.host == "0.0.0.0" || place.host == "::" { place.host = "localhost" }
            return place.url
        }
    }

    /// Adds the routes of a component, which ``unregister(_:)`` takes out again.
    public func register(_ routes: [RestRoute], for owner: any Component) {
        change { router, _ in router.add(routes, owner: ObjectIdentifier(owner)) }
    }

    /// Adds interceptors for a component, which ``unregister(_:)`` takes out again: the first registered is the
    /// outermost. They run around all requests whose path they match, those too for which there is no route.
    ///
    /// - Parameter baseRoute: only paths below it are meant, and the interceptors' routes are about what follows.
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is no regular expression.
    public func register(
        _ interceptors: [RestInterceptor], under baseRoute: String = "", for owner: any Component
    ) throws(ApplicationError) {
        var hosted: [HostedInterceptor] = []
        for interceptor in interceptors {
            hosted.append(try HostedInterceptor(interceptor, under: baseRoute, owner: ObjectIdentifier(owner)))
        }
        let added = hosted
        change { $1 += added }
    }

    /// Takes out the routes and the interceptors of a component.
    public func unregister(_ owner: any Component) {
        change { router, interceptors in
            router.remove(owner: ObjectIdentifier(owner))
            interceptors.removeAll { $0.owner == ObjectIdentifier(owner) }
        }
    }

    /// Answers a request as if it came from the network. Never throws: errors become responses.
    public func respond(to request: RestRequest) async -> RestResponse {
        let traceId = request.traceId
        var response = await limits.run(
            request, isServedAlways: { isServedAlways(request) }, { await answer(request, traceId: traceId) })
        if let traceId, Self.isPrintable(traceId) { response.headers.append(("trace_id", traceId)) }
        if !allowsAnyOrigin { allowOrigin(request, &response) }
        if request.method == .head {
            // The length is that of the body which is left out.
            if !response.body.isEmpty {
                response.headers.removeAll { $0.name.lowercased() == "content-length" }
                response.headers.append(("Content-Length", "\(response.body.count)"))
            }
            response.body = []
            response.writer = nil
        }
        return response
    }

    /// True while the endpoint listens.
    public var isOpen: Bool { port != nil }

    /// Checks where to listen. The endpoint does not listen yet.
    /// - Throws: what ``HTTPConnectionResolver/resolve(_:)`` throws, such as Misconfiguration `WRONG_PROTOCOL`.
    public func open(_ context: Context) async throws {
        _ = try await place(context)
    }

    /// Starts to listen, and tells the discovery services where, when `connection.discovery_key` is set.
    /// - Throws: NoResponse `CANNOT_CONNECT` when the address can't be had, such as a port in use; Unsupported
    ///   `NOT_COMPILED_IN` when serving HTTP is not compiled in; as ``open(_:)``.
    public func startAccepting(_ context: Context) async throws {
        var place = try await place(context)
        let server = try configuration(place).makeServer()
        do {
            place.port = try await server.start()
        } catch let error as ApplicationError {
            throw error
        } catch {
            throw ApplicationError.connection(
                code: "CANNOT_CONNECT", "Can't listen on \(place.host):\(place.port)", traceId: context.traceId,
                details: ["url": .string(place.url)], cause: error)
        }
        self.server.withLock { $0 = server }
        let real = place
        listening.withLock { $0 = real }
        try await connection.register(context, port: real.port)
        logger.info(context, "HTTP endpoint is listening on \(real.url)")
    }

    /// Stops to accept connections and waits until the requests in flight are answered.
    public func drain(_ context: Context) async {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        listening.withLock { $0 = nil }
        await server?.stop()
    }

    /// Closes what ``drain(_:)`` has left.
    public func close(_ context: Context) async throws { await drain(context) }

    // MARK: - Internal

    private func change(_ body: (inout RestRouter, inout [HostedInterceptor]) -> Void) {
        table.withLock { table in
            var (router, interceptors) = (table.router, table.interceptors)
            body(&router, &interceptors)
            table = Table(router, interceptors)
        }
    }

    private func place(_ context: Context) async throws -> Place {
        let resolved = ConnectionParams(try await connection.resolve(context))
        var place = Place(host: resolved.host ?? "0.0.0.0", port: resolved.port ?? 3000)
        if resolved.protocol == "https" {
            place.tls = try HTTPServerTLS(resolved.config, requiresClient: clientCertificate(), context)
        }
        return place
    }

    /// Header fields of every response, which the server adds.
    var fixedHeaders: [(name: String, value: String)] {
        [
            ("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Expires", "0"),
        ] + (allowsAnyOrigin ? [("Access-Control-Allow-Origin", "*")] : [])
    }

    private var allowsAnyOrigin: Bool {
        let origins = corsOrigins()
        return origins.isEmpty || origins.contains("*")
    }

    /// Tells a browser that the page that asks may read the answer. There is room for one origin only, so that it
    /// depends on who asks.
    private func allowOrigin(_ request: RestRequest, _ response: inout RestResponse) {
        response.headers.append(("Vary", "Origin"))
        if let origin = request.headers["origin"], corsOrigins().contains(origin) {
            response.headers.append(("Access-Control-Allow-Origin", origin))
        }
    }

    private func configuration(_ place: Place) -> HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: place.host, port: place.port, limits: limits.server, tls: place.tls, headers: fixedHeaders,
            logger: logger, handler: { [self] in await respond(to: $0) })
    }

    // Inlined, as what it calls for each request: every function that may wait takes some of its time.
    @inline(__always)
    private func answer(_ request: RestRequest, traceId: String?) async -> RestResponse {
        if maintenance(), !isServedAlways(request) {
            return RestResponse(status: 503, headers: [("Retry-After", "3600")])
        }
        guard request.isText else {
            return .error(
                ApplicationError.badRequest(code: "BAD_TEXT", "The request's path or query is no UTF-8"),
                traceId: traceId)
        }
        let table = table.current
        var request = request
        let match = table.router.match(request.method, request.path)
        if case .found(_, let parameters) = match, !parameters.isEmpty { request.parameters = parameters }
        let interceptors =
            table.interceptors.isEmpty ? [] : table.interceptors.filter { $0.matches(request.path) }
        do {
            let deadline = limits.deadline(of: request)
            guard traceId != nil || deadline != nil else {
                return try await run(match, interceptors[...], .empty, request)
            }
            var context = Context(traceId: traceId)
            context.traceParent = request.traceParent
            context.deadline = deadline
            // Bound for packages that are given no context: what they log and trace belongs to this operation.
            return try await context.bind { try await run(match, interceptors[...], context, request) }
        } catch {
            return Self.response(error, traceId: traceId)
        }
    }

    /// True for what must be told in maintenance and under load too.
    private func isServedAlways(_ request: RestRequest) -> Bool {
        guard case .found(let entry, _) = table.current.router.match(request.method, request.path) else { return false }
        return entry.route.isServedAlways
    }

    /// Finds out who asks, and goes through the interceptors to the route.
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
                // An interceptor sees the answer to an error, as it sees any other.
                return Self.response(error, traceId: context.traceId)
            }
        }
    }

    @inline(__always)
    private func route(
        _ match: RestRouter.Match, _ context: Context, _ request: RestRequest
    ) async throws -> RestResponse {
        switch match {
        case .found(let entry, _):
            let handler = entry.route.handler
            guard limits.boundsTime else { return try await handler(context, request) }
            return try await limits.bounded(context) { try await handler(context, request) }
        case .otherMethods(let methods) where request.method == .options: return preflight(request, methods)
        case .otherMethods(let methods):
            // Code and message are those of the Node edition's server.
            let error = ApplicationError.badRequest(
                code: "MethodNotAllowed", "\(request.method.rawValue) is not allowed",
                details: ["allowed": .string(methods.joined(separator: ", "))])
            var response = RestResponse.error(error.withStatus(405), traceId: context.traceId)
            response.headers.append(("Allow", methods.joined(separator: ", ")))
            return response
        case .nothing:
            throw ApplicationError.notFound(
                code: "ResourceNotFound", "\(request.path) does not exist", details: ["path": .string(request.path)])
        }
    }

    private static func response(_ error: any Error, traceId: String?) -> RestResponse {
        var response = RestResponse.error(error, traceId: traceId)
        // Of 401 HTTP wants to know how to sign in.
        if response.status == 401 { response.headers.append(("WWW-Authenticate", "Bearer, Basic")) }
        return response
    }

    /// What a browser asks before it lets a page of another origin call.
    private func preflight(_ request: RestRequest, _ methods: [String]) -> RestResponse {
        RestResponse(
            status: 204,
            headers: [
                ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
                (
                    "Access-Control-Allow-Headers",
                    (["Content-Type", "trace_id", "correlation_id"] + corsHeaders()).joined(separator: ", ")
                ),
            ])
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.utf8.count <= 256 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
