/// Serves HTTP for the controllers of a service (the toolkit's `HttpEndpoint`).
///
/// Controllers register their routes while the service opens; the endpoint listens once every component is open. Port 0
/// lets the system choose; ``port`` and the log tell the real one. At shutdown it stops to accept connections and
/// answers what is in flight.
public final class HTTPEndpoint: Component, Edge {
    private let connection = HTTPConnectionResolver(
        host: "0.0.0.0", port: 3000, protocols: ["http"], allowsAnyPort: true)
    private let corsHeaders = Setting<[String]>(
        "cors_headers", default: [], "Request headers that pages of other origins may send, beside trace_id")
    private let corsOrigins = Setting<[String]>(
        "cors_origins", default: [], "Origins whose pages may call; all by default")
    private let maintenance = Setting(
        "options.maintenance_enabled", default: false, reloadable: true, "True to answer every request with 503")
    private let requestMaxSize = Setting(
        "options.request_max_size", default: 1_048_576, "The largest body of a request, in bytes")
    private let logger = CompositeLogger()

    // Not a slot's box, which keeps what it held: routes hold their controllers, and controllers the endpoint.
    private let router = Locked(RestRouter())
    private let server = Locked<(any HTTPServer)?>(nil)
    private let listening = Locked<Place?>(nil)

    /// Where an endpoint listens.
    private struct Place: Sendable {
        var host: String
        var port: Int
    }

    /// Creates an endpoint.
    public init() {
        HTTPServerConfiguration.warmUpServer()
        SlotCollector.declare(
            self, slots: [corsHeaders, corsOrigins, maintenance, requestMaxSize], children: [connection, logger])
    }

    /// The port on which the endpoint listens; nil while it does not.
    public var port: Int? { listening.current?.port }

    /// The address to call, such as `http://localhost:8080`; nil while the endpoint does not listen.
    public var address: String? {
        listening.current.map { place in
            let name = place.host == "0.0.0.0" || place.host == "::" ? "localhost" : place.host
            return "http://\(name.contains(":") ? "[\(name)]" : name):\(place.port)"
        }
    }

    /// Adds the routes of a component, which ``unregister(_:)`` takes out again.
    public func register(_ routes: [RestRoute], for owner: any Component) {
        router.withLock { $0.add(routes, owner: ObjectIdentifier(owner)) }
    }

    /// Takes out the routes of a component.
    public func unregister(_ owner: any Component) {
        router.withLock { $0.remove(owner: ObjectIdentifier(owner)) }
    }

    /// Answers a request as if it came from the network. Never throws: errors become responses.
    public func respond(to request: RestRequest) async -> RestResponse {
        let traceId = request.traceId
        var response = await answer(request, traceId: traceId)
        if let traceId, Self.isPrintable(traceId) { response.headers.append(("trace_id", traceId)) }
        if request.method == .head { response.body = [] }
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
        let server = try configuration(host: place.host, port: place.port).makeServer()
        do {
            place.port = try await server.start()
        } catch {
            throw ApplicationError.connection(
                code: "CANNOT_CONNECT", "Can't listen on \(place.host):\(place.port)", traceId: context.traceId,
                details: ["url": .string("http://\(place.host):\(place.port)")], cause: error)
        }
        self.server.withLock { $0 = server }
        let real = place
        listening.withLock { $0 = real }
        try await connection.register(context, port: real.port)
        logger.info(context, "HTTP endpoint is listening on http://\(real.host):\(real.port)")
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

    private func place(_ context: Context) async throws -> Place {
        let resolved = ConnectionParams(try await connection.resolve(context))
        return Place(host: resolved.host ?? "0.0.0.0", port: resolved.port ?? 3000)
    }

    /// Header fields of every response, which the server adds.
    var fixedHeaders: [(name: String, value: String)] {
        let origins = corsOrigins()
        let origin = origins.isEmpty || origins.contains("*") ? "*" : origins.joined(separator: ", ")
        return [
            ("Cache-Control", "no-cache, no-store, must-revalidate"), ("Pragma", "no-cache"), ("Expires", "0"),
            ("Access-Control-Allow-Origin", origin),
        ]
    }

    private func configuration(host: String, port: Int) -> HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: host, port: port, maxBodySize: requestMaxSize(), headers: fixedHeaders, logger: logger,
            handler: { [self] in await respond(to: $0) })
    }

    private func answer(_ request: RestRequest, traceId: String?) async -> RestResponse {
        if maintenance() {
            return RestResponse(status: 503, headers: [("Retry-After", "3600")])
        }
        switch router.current.match(request.method, request.path) {
        case .found(let route, let parameters):
            var request = request
            if !parameters.isEmpty { request.parameters = parameters }
            return await run(route, request, traceId: traceId)
        case .otherMethods(let methods) where request.method == .options: return preflight(request, methods)
        case .otherMethods(let methods):
            // Code and message are those of the Node edition's server.
            let error = ApplicationError.badRequest(
                code: "MethodNotAllowed", "\(request.method.rawValue) is not allowed",
                details: ["allowed": .string(methods.joined(separator: ", "))])
            var response = RestResponse.error(error.withStatus(405), traceId: traceId)
            response.headers.append(("Allow", methods.joined(separator: ", ")))
            return response
        case .nothing:
            return .error(
                ApplicationError.notFound(
                    code: "ResourceNotFound", "\(request.path) does not exist",
                    details: ["path": .string(request.path)]), traceId: traceId)
        }
    }

    private func run(_ route: RestRoute, _ request: RestRequest, traceId: String?) async -> RestResponse {
        do {
            guard let traceId else { return try await route.handler(.empty, request) }
            var context = Context(traceId: traceId)
            context.traceParent = request.traceParent
            // Bound for packages that are given no context: what they log and trace belongs to this operation.
            return try await context.bind { try await route.handler(context, request) }
        } catch {
            return .error(error, traceId: traceId)
        }
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
