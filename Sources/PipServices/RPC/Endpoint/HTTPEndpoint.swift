/// The HTTP server of a service. It serves the routes of its controllers (the toolkit's `HttpEndpoint`).
///
/// Controllers register their routes while the service opens; the endpoint starts listening when every component is
/// open. With port 0 the system chooses a port, which ``port`` returns and the log shows. At shutdown the endpoint
/// stops accepting connections and completes the requests in flight. Nothing runs before ``open(_:)``.
///
/// `authorize: signed` or `roles` restricts all paths to users, except those of health and heartbeat controllers and of
/// controllers that set `authorize` or `roles` themselves.
///
/// With the protocol `https`, or an `https` URI, the endpoint serves TLS, with HTTP/2 or HTTP/1.1 as negotiated.
/// `docs/http.md` describes its limits.
public final class HTTPEndpoint: Component, Edge, Checkable {
    private let connection = HTTPConnectionResolver(
        host: "0.0.0.0", port: 3000, allowsAnyPort: true)
    let corsHeaders = Setting<[String]>(
        "cors_headers", default: [], "Request headers that pages of other origins may send, in addition to trace_id")
    let corsOrigins = Setting<[String]>(
        "cors_origins", default: [], rejectsEmpty: true, "Origins whose pages may call; all by default")
    let maintenance = Setting(
        "options.maintenance_enabled", default: false, reloadable: true, "True to reject all requests with 503")
    private let trustedProxies = Setting<[AddressRange]>(
        "options.trusted_proxies", default: [],
        "Addresses and ranges (10.0.0.0/8) of the proxies whose X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host "
            + "and Forwarded are trusted; none by default")
    let realm = Setting("options.realm", default: "service", "The realm in responses with status 401")
    private let clientCertificate = Setting(
        "options.client_certificate", default: false,
        "True to require client certificates issued by an authority in credential.ssl_ca_file")
    let accessLog = Setting(
        "options.access_log", default: false, reloadable: true,
        "True to log every request at level info: method, route, status, bytes, time in ms, client")
    let exposeCauses = Setting(
        "options.expose_causes", default: false, reloadable: true,
        "True to send causes, stack traces and the messages of all errors to callers, for development only")
    let strictQuery = Setting<Bool?>(
        "options.strict_query", default: nil, reloadable: true,
        "True to reject unknown query parameters, and malformed paging and sorting, with 400, in all controllers "
            + "without this setting; false by default")
    let compression = Setting(
        "options.compression", default: true, reloadable: true,
        "True to compress responses of 1 KB and more with gzip, for clients that accept it")
    let generateTraceId = Setting(
        "options.generate_trace_id", default: true, reloadable: true,
        "True to assign a trace id to a request without one")
    let authenticators = Dependencies<any RestAuthenticator>("authenticators", "*:authenticator:*:*:1.0")
    /// The configured access rules.
    let access = AccessSettings()
    private let accessReview = ReviewSlot { owner, name, service in
        (owner as? HTTPEndpoint)?.review(name, service) ?? []
    }
    /// The limits of sizes, times and connections.
    public let limits = HTTPLimits()
    let logger = CompositeLogger()
    let clock = ClockSlot()
    let random = RandomSlot()

    // Not a slot's box, which retains replaced values: routes retain their controllers, which retain the endpoint.
    private let table = Locked(RouteTable())
    private let server = Locked<(any HTTPServer)?>(nil)
    /// The server's shutdown, which continues if a caller of ``drain(_:)`` is cancelled.
    private let stopping = Locked<Task<Void, Never>?>(nil)
    private let listening = Locked<ListenAddress?>(nil)
    private let makeServer: @Sendable (HTTPServerConfiguration) throws -> any HTTPServer

    /// Creates an endpoint.
    public convenience init() { self.init { try $0.makeServer() } }

    /// The listening port; nil if the endpoint is not listening.
    public var port: Int? { listening.current?.port }

    /// The URL of the endpoint, such as `http://localhost:8080`; nil if the endpoint is not listening.
    public var address: String? { listening.current?.reachable.url }

    /// Adds the routes of a component. ``unregister(_:)`` removes them.
    public func register(_ routes: [RestRoute], for owner: any Component) {
        change { router, _ in router.add(routes, owner: ObjectIdentifier(owner)) }
    }

    /// Adds interceptors of a component. ``unregister(_:)`` removes them. The first one registered is the outermost.
    /// They apply to all requests with a matching path, including those without a route.
    ///
    /// - Parameter baseRoute: restricts the interceptors to paths below it; their patterns match the rest of the path.
    /// - Throws: BadRequest `BAD_PATTERN` for a route that is not a regular expression.
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

    /// Removes the routes and interceptors of a component.
    public func unregister(_ owner: any Component) {
        change { router, interceptors in
            router.remove(owner: ObjectIdentifier(owner))
            interceptors.removeAll { $0.owner == ObjectIdentifier(owner) }
        }
    }

    /// Moves the routes and interceptors of a component to another endpoint.
    func move(routesOf owner: any Component, to other: HTTPEndpoint) {
        let (id, own) = (ObjectIdentifier(owner), routes)
        let moved = own.router.entries.filter { $0.owner == id }.map(\.route)
        let interceptors = own.interceptors.filter { $0.owner == id }
        other.change { router, all in
            router.add(moved, owner: id)
            all += interceptors
        }
        unregister(owner)
    }

    /// True while the endpoint is listening.
    public var isOpen: Bool { port != nil }

    /// Checks the address. Does not listen yet.
    /// - Throws: errors of ``HTTPConnectionResolver/resolve(_:)``, such as Misconfiguration `WRONG_PROTOCOL`.
    public func open(_ context: Context) async throws {
        _ = try await resolve(context)
    }

    /// Checks the address and the certificate files.
    /// - Throws: the Misconfiguration errors of ``open(_:)`` and ``startAccepting(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connection.needsLookup else { return }
        let address = try await resolve(context)
        #if PIP_HTTP
        if let tls = address.tls { _ = try tls.load(try tls.read()) }
        #else
        _ = address
        #endif
    }

    /// Starts listening, and registers the address with the discovery services if `connection.discovery_key` is set.
    /// - Throws: NoResponse `CANNOT_CONNECT` if the address is not available, for example a port in use; Unsupported
    ///   `NOT_COMPILED_IN` if the HTTP server is not compiled in; `CancellationError` if the task is cancelled before
    ///   the endpoint listens; the errors of ``open(_:)``.
    public func startAccepting(_ context: Context) async throws {
        var address = try await resolve(context)
        let server = try makeServer(configuration(address))
        do {
            address.port = try await server.start()
        } catch let error as ApplicationError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ApplicationError.connection(
                code: "CANNOT_CONNECT", "Can't listen on \(address.host):\(address.port)", traceId: context.traceId,
                details: ["url": .string(address.url)], cause: error)
        }
        self.server.withLock { $0 = server }
        let actual = address
        listening.withLock { $0 = actual }
        do {
            try await connection.register(context, port: actual.port)
        } catch {
            await drain(context)
            throw error
        }
        logger.info(context, "HTTP endpoint is listening on \(actual.url)")
    }

    /// Stops accepting connections and waits for the requests in flight. If the task is cancelled, these requests are
    /// cancelled too, with status 503.
    public func drain(_ context: Context) async {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        listening.withLock { $0 = nil }
        if let server { stopping.withLock { $0 = Task { await server.stop() } } }
        guard let task = stopping.current else { return }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Ends what ``drain(_:)`` left over, and waits for the responses.
    public func close(_ context: Context) async throws {
        await drain(context)
        stopping.withLock { $0 = nil }
    }

    // MARK: - Internal

    /// - Parameter makeServer: creates the server when the endpoint starts accepting.
    init(makeServer: @escaping @Sendable (HTTPServerConfiguration) throws -> any HTTPServer) {
        self.makeServer = makeServer
    }

    /// The supported `Authorization` schemes, in the order of the configuration.
    var schemes: [String] {
        var schemes: [String] = []
        for authenticator in authenticators() where !schemes.contains(authenticator.scheme) {
            schemes.append(authenticator.scheme)
        }
        return schemes
    }

    /// Warns if authentication is available but never required.
    private func review(_ name: String, _ service: [any Component]) -> [ConfigProblem] {
        guard !authenticators().isEmpty, access.authorizer == nil, isOpen(service) else { return [] }
        return [
            ConfigProblem(
                .warning, code: "NOTHING_AUTHORIZED",
                "\(name): the service has an authenticator, but nothing requires a user: set 'authorize: signed' or "
                    + "'roles' here or at controllers, or authorize routes", component: name, key: "descriptor")
        ]
    }

    /// True if no component with routes here is known to require a user.
    private func isOpen(_ service: [any Component]) -> Bool {
        let hosts = service.compactMap { $0 as? RestHost }.filter { (try? $0.endpoint()) === self }
        guard !hosts.contains(where: { $0.access.authorizer != nil }) else { return false }
        let controllers = service.compactMap { $0 as? any RestController }.filter { controller in
            hosts.contains { $0 === controller.rest }
        }
        // Components with their own routes or interceptors may check users themselves.
        guard controllers.count == hosts.count else { return false }
        return controllers.allSatisfy { controller in
            // Its commands are read once; they have no authorizers.
            if controller is CommandableHTTPController { return true }
            return controller.interceptors.isEmpty
                && controller.routes.allSatisfy { ($0.authorizer?.requirement ?? .nothing) == .nothing }
        }
    }

    /// The proxies whose forwarding header fields are trusted.
    var proxies: [AddressRange] { trustedProxies() }

    /// The current routes and interceptors.
    var routes: RouteTable { table.current }

    private func change(_ body: (inout RestRouter, inout [HostedInterceptor]) -> Void) {
        table.displace { table in
            let old = table
            var (router, interceptors) = (old.router, old.interceptors)
            body(&router, &interceptors)
            table = RouteTable(router, interceptors)
            return old
        }
    }

    private func resolve(_ context: Context) async throws -> ListenAddress {
        let resolved = ConnectionParams(try await connection.resolve(context))
        var address = ListenAddress(host: resolved.host ?? "0.0.0.0", port: resolved.port ?? 3000)
        if resolved.protocol == "https" {
            address.tls = try HTTPServerTLS(resolved.config, requiresClient: clientCertificate(), context)
        }
        return address
    }

    private func configuration(_ address: ListenAddress) -> HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: address.host, port: address.port, limits: limits.server, tls: address.tls, headers: fixedHeaders,
            clock: clock, logger: logger, handler: { [self] in await respond(to: $0) })
    }
}
