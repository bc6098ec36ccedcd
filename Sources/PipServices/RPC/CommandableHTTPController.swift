/// Serves the commands of a component by HTTP (the toolkit's `CommandableHttpController`; `CommandableHttpService` in
/// version 3): `POST /<base_route>/<command>` with the arguments as a JSON object.
///
/// It needs no code: `pip-services:controller:commandable-http:default:1.0` in a configuration, with `base_route` and
/// `dependencies.service`, serves any ``Commandable``.
public final class CommandableHTTPController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest: RestHost
    private let service: Dependency<any Commandable>
    private let swagger = OptionalDependency<any SwaggerRegistry>(
        "swagger", "*:swagger-controller:*:*:1.0", "*:swagger-service:*:*:1.0")
    private let swaggerEnable = Setting("swagger.enable", default: false, "True to serve the OpenAPI document")
    private let swaggerAuto = Setting("swagger.auto", default: true, "True to derive the document from the commands")
    private let swaggerRoute = Setting("swagger.route", default: "swagger", "Where the document is, under base_route")
    private let swaggerName = Setting<String?>("swagger.name", default: nil, "The document's title")
    private let swaggerDescription = Setting<String?>("swagger.description", default: nil, "What the service does")

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - baseRoute: what routes start with; the setting `base_route` replaces it.
    ///   - service: where the component with the commands is looked up; `dependencies.service` replaces it.
    public init(baseRoute: String = "", service locators: Locator...) {
        rest = RestHost(baseRoute: baseRoute)
        service = Dependency("service", aliases: ["controller"], locators: locators.isEmpty ? ["none"] : locators)
        SlotCollector.declare(
            self,
            slots: [
                service, swagger, swaggerEnable, swaggerAuto, swaggerRoute, swaggerName, swaggerDescription,
            ], children: [rest])
    }

    /// A route for each command, and one for the OpenAPI document if that is enabled.
    public var routes: [RestRoute] {
        if let commands = try? service().commands {
            for command in commands.interceptedCommands { route(command) }
            unknownRoute(commands)
            if swaggerEnable(), swaggerAuto() { documentRoute(commands) }
        }
    }

    /// Registers the routes at the endpoint, and the OpenAPI document with the service's list of documents.
    public func open(_ context: Context) async throws {
        _ = try service()
        try rest.register(routes, for: self)
        if swaggerEnable(), swaggerAuto() {
            swagger()?.registerOpenAPISpec(baseRoute: rest.baseRoute, swaggerRoute: swaggerRoute())
        }
    }

    // MARK: - Internal

    private func route(_ command: Command) -> RestRoute {
        RestRoute(.post, "/\(command.name)", name: "\(rest.baseRoute).\(command.name)") { context, request in
            let arguments: Parameters
            switch try await request.body.json() {
            case .none, .null: arguments = Parameters()
            case .map(let values): arguments = Parameters(values)
            case .array(let values): arguments = Parameters(.array(values))
            default:
                throw ApplicationError.badRequest(
                    code: "BAD_ARGUMENTS", "The arguments of a command are a JSON object", traceId: context.traceId)
            }
            return try RestResponse.json(try await command.execute(context, arguments))
        }
    }

    /// Answers for commands that are not there, with the nearest name of one that is.
    private func unknownRoute(_ commands: CommandSet) -> RestRoute {
        RestRoute(.post, "/:command", name: "\(rest.baseRoute).unknown") { context, request -> AnyValue? in
            throw commands.unknown(try request.parameter("command"), context).withStatus(404)
        }
    }

    private func documentRoute(_ commands: CommandSet) -> RestRoute {
        let document = CommandableSwaggerDocument(
            baseRoute: rest.baseRoute, title: swaggerName(), description: swaggerDescription(),
            commands.interceptedCommands)
        return RestRoute(.get, "/\(swaggerRoute())", name: "\(rest.baseRoute).swagger") { _, _ in
            RestResponse.text(document.description, type: "application/x-yaml")
        }
    }
}
