/// Serves the commands of a component by HTTP (the toolkit's `CommandableHttpController`; `CommandableHttpService` in
/// version 3): `POST /<base_route>/<command>` with the arguments as a JSON object.
///
/// No code is needed: `pip-services:controller:commandable-http:default:1.0` with `base_route` and
/// `dependencies.service` serves any ``Commandable``.
///
/// Unknown properties of arguments are dropped, as in all editions. The setting `options.unknown_properties` logs
/// (`warn`) or rejects (`reject`) them instead.
public final class CommandableHTTPController: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest: RestHost
    private let service: Dependency<any Commandable>
    private let unknownProperties = Setting(
        "options.unknown_properties", default: UnknownProperties.ignore,
        "What happens to unknown properties of arguments: they are dropped, logged or rejected")

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - baseRoute: the prefix of the routes; the setting `base_route` replaces it.
    ///   - service: the locators of the component with the commands; `dependencies.service` replaces them.
    public init(baseRoute: String = "", service locators: Locator...) {
        rest = RestHost(baseRoute: baseRoute)
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
    }

    /// One route per command.
    public var routes: [RestRoute] {
        if let commands = try? service.commands() {
            for command in commands.interceptedCommands { route(command) }
            unknownRoute(commands)
        }
    }

    /// Registers the routes and, if enabled, the OpenAPI document.
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

    /// Responds to unknown commands, suggesting the nearest known name.
    private func unknownRoute(_ commands: CommandSet) -> RestRoute {
        RestRoute(.post, "/:command", name: "\(rest.baseRoute).unknown") { context, request -> AnyValue? in
            throw commands.unknown(try request.parameter("command"), context).withStatus(404)
        }
    }
}
