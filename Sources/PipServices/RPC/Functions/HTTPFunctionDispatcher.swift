/// Dispatches the requests of Google Cloud and Azure to the action named by `cmd`.
///
/// A request is a JSON object with `cmd`, `trace_id` (in version 3 `correlation_id`) and the arguments; `cmd` and the
/// trace id may also be in the query. Responses are those of REST routes.
struct HTTPFunctionDispatcher: Sendable {
    private struct HostedAction: Sendable {
        let action: HTTPFunctionAction
        let operation: InstrumentedOperation
        let interceptors: [RestInterceptor.Action]
    }

    private var actions = FunctionActions<HostedAction>()
    private let instruments: Instruments

    /// Collects the actions of controllers.
    /// - Throws: as ``FunctionActions/add(_:named:prefix:of:_:)``; BadRequest `BAD_PATTERN` for an interceptor.
    init(
        _ context: Context, _ controllers: [any HTTPFunctionController], _ instruments: Instruments
    ) throws(ApplicationError) {
        self.instruments = instruments
        for controller in controllers {
            let prefix = controller.name
            var interceptors: [HostedInterceptor] = []
            for interceptor in controller.interceptors {
                interceptors.append(
                    try HostedInterceptor(interceptor, under: "", owner: ObjectIdentifier(controller)))
            }
            for action in controller.actions {
                let name = prefix.isEmpty ? action.cmd : "\(prefix).\(action.cmd)"
                let hosted = HostedAction(
                    action: action, operation: InstrumentedOperation(name, logsFailures: false),
                    interceptors: interceptors.filter { $0.pattern?.isFound(in: name) ?? true }.map(\.action))
                try actions.add(hosted, named: action.cmd, prefix: prefix, of: type(of: controller), context)
            }
        }
        if actions.isEmpty { instruments.logger.warn(context, "The function has no actions") }
    }

    /// True if there is an action with this name.
    func contains(_ cmd: String) -> Bool { actions.contains(cmd) }

    /// Handles a request.
    /// - Throws: BadRequest `NO_COMMAND` or `NO_ACTION`; BadRequest `InvalidContent` for an invalid body with a JSON
    ///   content type; the errors of authorizer, schema and action.
    func respond(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        let body = try await Self.body(request)
        // A list has no named members.
        let members = body?.map ?? [:]
        var context = context
        if request.traceId == nil, let traceId = FunctionEnvelope.traceId(members) { context.traceId = traceId }
        let cmd = FunctionEnvelope.cmd(members) ?? request.query["cmd"].flatMap { $0.isEmpty ? nil : $0 }
        let hosted = try actions.find(cmd, context)
        let arguments = FunctionEnvelope.arguments(Parameters(body ?? .null))
        return try await instruments.run(context, hosted.operation) { [context] in
            try await Self.intercept(hosted.interceptors[...], context, request) { context, request in
                try await hosted.action.authorizer?.authorize(context, request)
                if let schema = hosted.action.schema {
                    var values = AnyValueMap(request.query.values.map { ($0.0, $0.1.map(AnyValue.string) ?? .null) })
                    values["body"] = body ?? .null
                    try schema.validateAndThrow(traceId: context.traceId, .map(values))
                }
                return try await hosted.action.action(context, request, arguments)
            }
        }
    }

    // MARK: - Internal

    /// Returns the body as JSON; nil if it is empty, or if it is not JSON and has no JSON content type. An action can
    /// then read it itself.
    private static func body(_ request: RestRequest) async throws -> AnyValue? {
        do {
            return try await request.body.json()
        } catch let error as ApplicationError where error.code == "InvalidContent" {
            let type = request.headers["content-type"]?.asciiLowercased
            if type?.contains(text: "json") ?? true { throw error }
            return nil
        }
    }

    private static func intercept(
        _ interceptors: ArraySlice<RestInterceptor.Action>, _ context: Context, _ request: RestRequest,
        _ action: RestInterceptor.Next
    ) async throws -> RestResponse {
        guard let first = interceptors.first else { return try await action(context, request) }
        return try await first(context, request) { context, request in
            try await intercept(interceptors.dropFirst(), context, request, action)
        }
    }
}
