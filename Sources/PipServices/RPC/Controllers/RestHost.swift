/// Connects a ``RestController`` to its endpoint, shared or private, with a base route and instrumentation.
public final class RestHost: Component {
    private let baseRouteSetting: Setting<String>
    private let endpointSlot = Shared<HTTPEndpoint>("endpoint", "*:endpoint:http:*:1.0") { HTTPEndpoint() }
    /// The logger, counters and tracer.
    public let instruments = Instruments()
    /// The configured access rules of the routes.
    let access = AccessSettings()
    private let strictQuery = Setting<Bool?>(
        "options.strict_query", default: nil, reloadable: true,
        "True to reject unknown query parameters, and malformed paging and sorting, with 400; by default the setting "
            + "of the endpoint")
    /// The OpenAPI document of the routes; nil if the controller has none.
    let swagger: SwaggerHost?

    /// Creates a host for routes below a base route. The setting `base_route` replaces it.
    public convenience init(baseRoute: String = "") { self.init(baseRoute: baseRoute, isDocumented: true) }

    private let owners = Locked<[any Component]>([])

    init(baseRoute: String, isDocumented: Bool) {
        baseRouteSetting = Setting("base_route", default: baseRoute, "The prefix of all routes")
        let swagger = isDocumented ? SwaggerHost() : nil
        self.swagger = swagger
        endpointSlot.onReplace { [weak self] old, new in
            for owner in self?.owners.current ?? [] { old.move(routesOf: owner, to: new) }
        }
    }

    /// The prefix of all routes, without leading and trailing slashes.
    public var baseRoute: String { RestHost.trim(baseRouteSetting()) }

    /// The endpoint.
    /// - Throws: InvalidState `NOT_LINKED` before the component is linked.
    public func endpoint() throws(ApplicationError) -> HTTPEndpoint { try endpointSlot() }

    /// Registers a controller's routes below the base route, with validation and instrumentation, and their OpenAPI
    /// document if it is enabled.
    public func register(_ routes: [RestRoute], for owner: any Component) throws(ApplicationError) {
        let baseRoute = baseRoute
        let document = swagger?.open(baseRoute, .routes(routes), try security()) ?? []
        try register(routes + document, under: baseRoute, for: owner)
    }

    /// Serves an OpenAPI document in YAML or JSON instead of the generated one, if `swagger.enable` is set (the
    /// toolkit's `RestController.registerOpenApiSpec`). Call it before the controller opens, for example in `init`. A
    /// later call replaces the current document.
    /// - Throws: Misconfiguration `BAD_OPENAPI`, as ``OpenAPIDocument/init(parsing:)``.
    public func registerOpenAPISpec(_ text: String) throws(ApplicationError) { try swagger?.register(text) }

    /// Serves an OpenAPI document from a file, see ``registerOpenAPISpec(_:)``.
    /// - Throws: FileError `READ_FAILED` if the file can't be read; as ``registerOpenAPISpec(_:)``.
    public func registerOpenAPISpec(fromFile path: String) throws(ApplicationError) {
        try swagger?.register(ConfigText.load(path))
    }

    /// Removes the routes of a controller.
    public func unregister(_ owner: any Component) {
        owners.displace { owners in
            let old = owners
            owners.removeAll { $0 === owner }
            return old
        }
        // A component that was never linked has no routes.
        try? endpoint().unregister(owner)
    }

    // MARK: - Internal

    /// Registers routes unchanged, without an OpenAPI document.
    func register(
        _ routes: [RestRoute], under baseRoute: String, for owner: any Component
    ) throws(ApplicationError) {
        let (isConfigured, configured) = (access.isConfigured, access.authorizer)
        let endpoint = try endpoint()
        let hosted = routes.map { route in
            var hosted = route
            let path = [baseRoute, RestHost.trim(route.path)].filter { !$0.isEmpty }.joined(separator: "/")
            hosted.path = "/" + path
            hosted.ignoresEndpointAccess = isConfigured || route.ignoresEndpointAccess
            let query = StrictQuery(hosted)
            let operation = InstrumentedOperation(
                route.name ?? "\(route.method.rawValue) /\(path)", logsFailures: false)
            hosted.handler = { [instruments, isStrict = strictQuery, endpointSlot] context, request in
                try await instruments.run(context, operation) {
                    if let configured { try await configured.authorize(context, request) }
                    if let authorizer = route.authorizer { try await authorizer.authorize(context, request) }
                    // The endpoint is resolved for each call, because routes can move to another one.
                    if !request.query.parameters.isEmpty, try isStrict() ?? endpointSlot().strictQuery() ?? false {
                        try query.check(request.query, context)
                    }
                    if let schema = route.schema { try await RestHost.check(request, schema, context) }
                    return try await route.handler(context, request)
                }
            }
            return hosted
        }
        endpoint.register(hosted, for: owner)
        follow(owner)
    }

    /// Moves a component's routes and interceptors when the endpoint is replaced.
    func follow(_ owner: any Component) {
        owners.withLock { owners in
            if !owners.contains(where: { $0 === owner }) { owners.append(owner) }
        }
    }

    /// The security section of the routes' OpenAPI document.
    func security() throws(ApplicationError) -> OpenAPISecurity {
        let endpoint = try endpoint()
        let authorizer = access.isConfigured ? access.authorizer : endpoint.access.authorizer
        return OpenAPISecurity(
            schemes: endpoint.schemes, requirement: authorizer?.requirement ?? .nothing,
            isOfController: access.isConfigured)
    }

    /// A route without leading, trailing and repeated slashes.
    static func trim(_ route: String) -> String {
        route.parts(separatedBy: "/", omittingEmpty: true).joined(separator: "/")
    }

    private static func check(_ request: RestRequest, _ schema: any Schema, _ context: Context) async throws {
        var values = AnyValueMap(request.query.values.map { ($0.0, $0.1.map(AnyValue.string) ?? .null) })
        for (name, value) in request.parameters { values[name] = .string(value) }
        // A body that the schema does not cover is left to the handler.
        if schema.mayLook(at: "body") { values["body"] = try await request.body.json() ?? .null }
        try schema.validateAndThrow(traceId: context.traceId, .map(values))
    }
}
