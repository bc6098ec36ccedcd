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
    private let dispatcher = Locked<HTTPFunctionDispatcher?>(nil)

    /// Creates a handler.
    public init() {}

    /// The function's route.
    public var routes: [RestRoute] {
        RestRoute(.post, "/", name: "cloudfunc", response: { [self] in try await respond($0, $1) })
    }

    /// Collects the actions and registers the route.
    /// - Throws: Misconfiguration `NO_COMMAND` for an action without a name, `DUPLICATED_ACTION` for a repeated name.
    public func open(_ context: Context) async throws {
        let created = try HTTPFunctionDispatcher(context, controllers(), rest.instruments)
        dispatcher.displace { dispatcher in
            defer { dispatcher = created }
            return dispatcher
        }
        try rest.register(routes, for: self)
    }

    // MARK: - Internal

    private func respond(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        guard let dispatcher = dispatcher.current else {
            throw ApplicationError.invalidState(
                code: "NOT_OPENED", "The function is not open", traceId: context.traceId)
        }
        return try await dispatcher.respond(context, request)
    }
}
