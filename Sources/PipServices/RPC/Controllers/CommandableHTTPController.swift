/// Serves the commands of a component by HTTP (the toolkit's `CommandableHttpController`; `CommandableHttpService` in
/// version 3): `POST /<base_route>/<command>` with the arguments as a JSON object.
///
/// It needs no code: `pip-services:controller:commandable-http:default:1.0` in a configuration, with `base_route` and
/// `dependencies.service`, serves any ``Commandable``.
///
/// Properties of the arguments that a command does not know are dropped, as in all editions; the setting
/// `options.unknown_properties` has them logged (`warn`) or refused (`reject`).
public final class CommandableHTTPController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest: RestHost
    private let service: Dependency<any Commandable>
    private let unknownProperties = Setting(
        "options.unknown_properties", default: UnknownProperties.ignore,
        "What happens to properties of arguments that a command does not know: they are dropped, logged or refused")

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - baseRoute: what routes start with; the setting `base_route` replaces it.
    ///   - service: where the component with the commands is looked up; `dependencies.service` replaces it.
    public init(baseRoute: String = "", service locators: Locator...) {
        rest = RestHost(baseRoute: baseRoute)
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// A route for each command.
    public var routes: [RestRoute] {
        if let commands = try? service.commands() {
            for command in commands.interceptedCommands { route(command) }
            unknownRoute(commands)
        }
    }

    /// Registers the routes at the endpoint, and the OpenAPI document, where that is enabled.
    public func open(_ context: Context) async throws {
        let commands = try service.commands().interceptedCommands
        let baseRoute = rest.baseRoute
        let document = rest.swagger?.open(baseRoute, .commands(commands), try rest.security()) ?? []
        try rest.register(routes + document, under: baseRoute, for: self)
    }

    // MARK: - Internal

    private func route(_ command: Command) -> RestRoute {
        let unknownProperties = unknownProperties
        let logger = rest.instruments.logger
        var route = RestRoute(.post, "/\(command.name)", name: "\(rest.baseRoute).\(command.name)") {
            context, request in
            let arguments: Parameters
            switch try await request.body.json() {
            case .none, .null: arguments = Parameters()
            case .map(let values): arguments = Parameters(values)
            case .array(let values) where unknownProperties() == .reject && !values.isEmpty:
                throw ApplicationError.badRequest(
                    code: "BAD_ARGUMENTS", "The arguments of a command are a JSON object, not a list",
                    traceId: context.traceId)
            case .array(let values): arguments = Parameters(.array(values))
            default:
                throw ApplicationError.badRequest(
                    code: "BAD_ARGUMENTS", "The arguments of a command are a JSON object", traceId: context.traceId)
            }
            try unknownProperties().check(context, command, arguments, logger)
            return try RestResponse.json(try await command.execute(context, arguments))
        }
        route.metadata.hasFixedQuery = true
        return route
    }

    /// Answers for commands that are not there, with the nearest name of one that is.
    private func unknownRoute(_ commands: CommandSet) -> RestRoute {
        RestRoute(.post, "/:command", name: "\(rest.baseRoute).unknown") { context, request -> AnyValue? in
            throw commands.unknown(try request.parameter("command"), context).withStatus(404)
        }
    }
}
