#if PIP_AZURE
/// Handles the requests of the Azure Functions host to a custom handler, at the service's HTTP endpoint.
///
/// - `POST /<function>` with `Data` and `Metadata` is an invocation. The request of an HTTP trigger is passed to the
///   service's route with its path. If there is none, it is passed to an action, like all other events.
/// - `POST /` and `POST /<route_prefix>/<function>`, the path of a function in Azure, call an action.
///
/// The actions are those of all components of the kinds `azurefunc` and `commandable-azurefunc`. A call is a JSON
/// object with `cmd`, `trace_id` (in version 3 `correlation_id`) and the arguments; `cmd` and the trace id may also be
/// in the query. Responses are those of REST routes. An event without `cmd` calls the action with the name of the
/// function.
///
/// With `enableForwardingHttpRequest` in `host.json`, the host forwards requests of HTTP triggers unchanged; set
/// `forwarding` in this case. Then only the functions in `events` accept invocations, because otherwise any client
/// could send one.
///
/// ``AzureFunction`` adds a handler to every function.
public final class AzureFunctionHandler: RestController, Checkable {
    /// The endpoint, base route and instruments.
    public let rest = RestHost(baseRoute: "", isDocumented: false)
    private let forwarding = Setting(
        "forwarding", default: false,
        "True if host.json sets enableForwardingHttpRequest, so that the host forwards requests of HTTP triggers "
            + "unchanged")
    private let events = Setting<[String]>(
        "events", default: [], "With forwarding: the functions with triggers other than HTTP")
    private let routePrefix = Setting(
        "route_prefix", default: "api", "The prefix of the paths of functions: routePrefix in host.json")
    private let controllers = Dependencies<any AzureFunctionController>(
        "controllers", "*:*:azurefunc:*:*", "*:*:commandable-azurefunc:*:*", "*:*:azure-function:*:*",
        "*:*:commandable-azure-function:*:*")
    private let dispatcher = Locked<HTTPFunctionDispatcher?>(nil)

    /// Creates a handler.
    public init() {}

    /// The routes that call actions.
    public var routes: [RestRoute] {
        action("/")
        if !prefix.isEmpty { action("/\(prefix)/:function") }
        if forwarding() { action("/:function") }
    }

    /// Collects the actions and registers the routes.
    /// - Throws: Misconfiguration `NO_COMMAND` for an action without a name, `DUPLICATED_ACTION` for a repeated name,
    ///   `BAD_VALUE` for an invalid function name in `events`.
    public func open(_ context: Context) async throws {
        try await checkConfiguration(context)
        let created = try HTTPFunctionDispatcher(context, controllers(), rest.instruments)
        dispatcher.displace { dispatcher in
            defer { dispatcher = created }
            return dispatcher
        }
        try rest.register(routes, for: self)
        // Registered directly at the endpoint, because this controller's `authorize` applies to the request inside an
        // invocation.
        try rest.endpoint().register(invocationPaths.map(invocation), for: self)
    }

    /// Checks the names in `events`.
    /// - Throws: Misconfiguration `BAD_VALUE` for an invalid function name.
    public func checkConfiguration(_ context: Context) async throws {
        for name in events() where !Self.isName(name) {
            throw ApplicationError.config(
                code: "BAD_VALUE", key: "events",
                "'events' has '\(name.shortened)'; expected names of functions: letters, digits, '-' and '_'",
                traceId: context.traceId)
        }
    }

    // MARK: - Internal

    private var prefix: String { RestHost.trim(routePrefix()) }

    private var invocationPaths: [String] { forwarding() ? events().map { "/\($0)" } : ["/:function"] }

    private func action(_ path: String) -> RestRoute {
        RestRoute(.post, path, name: "azurefunc") { [self] context, request in
            try await opened(context).respond(context, request)
        }
    }

    private func invocation(_ path: String) -> RestRoute {
        var route = RestRoute(.post, path, name: "azurefunc") { [self] context, request in
            try await invoke(context, request)
        }
        // Limits and authorization apply to the request inside. Other events come from the host.
        route.isServedAlways = true
        route.ignoresEndpointAccess = true
        return route
    }

    private func opened(_ context: Context) throws -> HTTPFunctionDispatcher {
        if let dispatcher = dispatcher.current { return dispatcher }
        throw ApplicationError.invalidState(
            code: "NOT_OPENED", "The function is not open", traceId: context.traceId)
    }

    private func invoke(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        guard request.connection?().isInEvent != true else {
            // An invocation inside an invocation comes from a client.
            throw ApplicationError.notFound(
                code: "ResourceNotFound", "\(request.path) does not exist", traceId: context.traceId,
                details: ["path": .string(request.path)])
        }
        let function = request.parameters["function"] ?? String(request.path.utf8.dropFirst()) ?? ""
        let invocation = try await AzureInvocation(context, function: function, request)
        if let event = try invocation.httpEvent(context) {
            let response = try await rest.endpoint().respond(to: event.request(request))
            return Self.result(outputs: ["res": event.output(try await response.collected(), context)])
        }
        return try await act(context, invocation)
    }

    /// Handles an event that is not a request. An error determines the status of the response. The host then retries or
    /// drops the event, as configured for the trigger.
    private func act(_ context: Context, _ invocation: AzureInvocation) async throws -> RestResponse {
        let dispatcher = try opened(context)
        let members = invocation.members
        let cmd = FunctionEnvelope.cmd(members)
        if cmd?.isSame(as: invocation.function) ?? true, !dispatcher.contains(invocation.function) {
            throw ApplicationError.badRequest(
                code: "NO_COMMAND",
                "The event of the function '\(invocation.function.shortened)' has no 'cmd'; expected one, or an action "
                    + "with the name of the function", traceId: context.traceId,
                details: ["function": .string(invocation.function.shortened)])
        }
        var context = context
        context["azure_function"] = .string(invocation.function)
        context["azure_metadata"] = .map(invocation.metadata)
        if let id = invocation.id {
            context["azure_invocation_id"] = .string(id)
            context.traceId = FunctionEnvelope.traceId(members) ?? TraceIds.bounded(id)
        }
        let request = RestRequest(.post, "/", body: RestBody(JSONWriter.bytes(of: .map(members))))
        let response = try await dispatcher.respond(context, request).collected()
        guard (200..<300).contains(response.status) else { return response }
        let value = response.body.isEmpty ? nil : try? JSONParser.parse(response.body)
        let text = String(validating: response.body, as: UTF8.self)
        return Self.result(returned: value ?? (response.body.isEmpty ? .null : text.map { .string($0) } ?? .null))
    }

    private static func result(outputs: AnyValueMap = [:], returned: AnyValue = .null) -> RestResponse {
        let value: AnyValue = ["Outputs": .map(outputs), "Logs": [], "ReturnValue": returned]
        return RestResponse(headers: [("Content-Type", "application/json")], body: JSONWriter.bytes(of: value))
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}
#endif
