/// Handles the requests of a Google Cloud function: `POST /` at the HTTP endpoint, dispatched to the action named by
/// `cmd`.
///
/// The actions are those of all components of the kinds `cloudfunc` and `commandable-cloudfunc`. ``CloudFunction`` adds
/// a handler to every function.
///
/// A request is a JSON object with `cmd`, `trace_id` (in version 3 `correlation_id`) and the arguments; `cmd` and the
/// trace id may also be in the query. Responses are those of REST routes.
public final class CloudFunctionHandler: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost(baseRoute: "", isDocumented: false)
    private let controllers = Dependencies<any CloudFunctionController>(
        "controllers", "*:*:cloudfunc:*:*", "*:*:commandable-cloudfunc:*:*")
    private let actions = Locked<[ScalarText: HostedAction]>([:])

    private struct HostedAction {
        let action: CloudFunctionAction
        let operation: InstrumentedOperation
    }

    /// Creates a handler.
    public init() {}

    /// The function's route.
    public var routes: [RestRoute] {
        RestRoute(.post, "/", name: "cloudfunc", response: { [self] in try await respond($0, $1) })
    }

    /// Collects the actions and registers the route.
    /// - Throws: Misconfiguration `NO_COMMAND` for an action without a name, `DUPLICATED_ACTION` for a repeated name.
    public func open(_ context: Context) async throws {
        var found: [ScalarText: HostedAction] = [:]
        for controller in controllers() {
            let prefix = controller.name.isEmpty ? "" : "\(controller.name)."
            for action in controller.actions {
                guard !action.cmd.isEmpty else {
                    throw ApplicationError.config(
                        code: "NO_COMMAND", "An action of \(type(of: controller)) has no name", traceId: context.traceId
                    )
                }
                let cmd = prefix + action.cmd
                let hosted = HostedAction(action: action, operation: InstrumentedOperation(cmd, logsFailures: false))
                guard found.updateValue(hosted, forKey: ScalarText(cmd)) == nil else {
                    throw ApplicationError.config(
                        code: "DUPLICATED_ACTION", "Two actions have the name '\(cmd)'; expected one of each name",
                        traceId: context.traceId, details: ["command": .string(cmd)])
                }
            }
        }
        if found.isEmpty { rest.instruments.logger.warn(context, "The function has no actions") }
        let all = found
        actions.withLock { $0 = all }
        try rest.register(routes, for: self)
    }

    // MARK: - Internal

    private func respond(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        let body = try await Self.body(request)
        var arguments = Parameters(body ?? .null)
        // A list has no named arguments.
        let names = body?.map == nil ? Parameters() : arguments
        var context = context
        if request.traceId == nil, let traceId = Self.text(["trace_id", "correlation_id"], names) {
            context.traceId = TraceIds.bounded(traceId)
        }
        guard let cmd = Self.text(["cmd"], names) ?? request.query["cmd"].flatMap({ $0.isEmpty ? nil : $0 }) else {
            throw ApplicationError.badRequest(
                code: "NO_COMMAND", "The request has no 'cmd'; expected the name of an action in a JSON object",
                traceId: context.traceId)
        }
        let hosted = actions.withLock { $0[ScalarText(cmd)] }
        guard let hosted else { throw unknown(cmd, context) }
        for name in ["cmd", "trace_id", "correlation_id"] { arguments.remove(name) }
        return try await rest.instruments.run(context, hosted.operation) { [context, arguments] in
            try await hosted.action.authorizer?.authorize(context, request)
            if let schema = hosted.action.schema {
                var values = AnyValueMap(request.query.values.map { ($0.0, $0.1.map(AnyValue.string) ?? .null) })
                values["body"] = body ?? .null
                try schema.validateAndThrow(traceId: context.traceId, .map(values))
            }
            return try await hosted.action.action(context, request, arguments)
        }
    }

    /// The JSON body; nil if it is empty, or if it is not JSON and has no JSON content type: an action may read such a
    /// body itself.
    private static func body(_ request: RestRequest) async throws -> AnyValue? {
        do {
            return try await request.body.json()
        } catch let error as ApplicationError where error.code == "InvalidContent" {
            let type = request.headers["content-type"]?.asciiLowercased
            if type?.contains(text: "json") ?? true { throw error }
            return nil
        }
    }

    /// The first of several values that is a non-empty string.
    private static func text(_ names: [String], _ values: Parameters) -> String? {
        for name in names {
            if case .string(let text)? = values.values[name], !text.isEmpty { return text }
        }
        return nil
    }

    private func unknown(_ cmd: String, _ context: Context) -> ApplicationError {
        let names = actions.withLock { $0.keys.sorted().map(\.text) }
        return .badRequest(
            code: "NO_ACTION",
            "The action '\(cmd.shortened)' was not found" + NearestName.hint(for: cmd.shortened, among: names),
            traceId: context.traceId, details: ["command": .string(cmd.shortened)])
    }
}
