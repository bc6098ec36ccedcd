/// Serves the OpenAPI document of a REST controller at `/<base_route>/<swagger.route>`, and registers it with the
/// ``SwaggerController``.
///
/// The document is generated from the controller's commands or routes, or is a registered text. It is served as YAML,
/// or as JSON if the request accepts `application/json` or appends `.json` to the route. For commands, the YAML is the
/// text that all editions produce, see ``CommandableSwaggerDocument``; the JSON is more detailed.
final class SwaggerHost: Component {
    private let registry = OptionalDependency<any SwaggerRegistry>(
        "swagger", "*:swagger-controller:*:*:1.0", "*:swagger-service:*:*:1.0")
    private let enable = Setting("swagger.enable", default: false, "True to serve the OpenAPI document")
    private let auto = Setting(
        "swagger.auto", default: true,
        "True to generate the document from the commands or routes if none is registered")
    private let route = Setting("swagger.route", default: "swagger", "The path of the document, under base_route")
    private let name = Setting<String?>("swagger.name", default: nil, "The document's title")
    private let about = Setting<String?>("swagger.description", default: nil, "A description of the service")
    private let version = Setting("swagger.version", default: "1", "The document's version")
    private let terms = Setting<String?>(
        "swagger.terms_of_service", default: nil, "The address of the terms of service")
    private let contactName = Setting<String?>("swagger.contact.name", default: nil, "The name of the contact")
    private let contactURL = Setting<String?>("swagger.contact.url", default: nil, "The page of the contact")
    private let contactEmail = Setting<String?>(
        "swagger.contact.email", default: nil, "The mail address of the contact")
    private let licenseName = Setting<String?>("swagger.license.name", default: nil, "The license's name")
    private let licenseURL = Setting<String?>(
        "swagger.license.url", default: nil, "The license's address; needs the license's name")
    private let registered = Locked<Registered?>(nil)

    /// A registered document and its source text.
    private struct Registered: Sendable {
        var text: String
        var document: OpenAPIDocument
    }

    /// The source of a generated document.
    enum Content: Sendable {
        case commands([Command])
        case routes([RestRoute])
    }

    init() {}

    /// Replaces the generated document by a text.
    func register(_ text: String) throws(ApplicationError) {
        let document = Registered(text: text, document: try OpenAPIDocument(parsing: text))
        registered.withLock { $0 = document }
    }

    /// Registers the document and returns the routes that serve it; none if it is disabled.
    func open(_ baseRoute: String, _ content: Content, _ security: OpenAPISecurity) -> [RestRoute] {
        guard enable(), auto() || registered.current != nil else { return [] }
        registry()?.registerOpenAPISpec(baseRoute: baseRoute, swaggerRoute: route())
        let path = "/" + route()
        let operation = "\(baseRoute).swagger"
        return [
            RestRoute(.get, path, name: operation) { [self] _, request in
                HeaderFields.accepts("application/json", request.headers["accept"])
                    ? json(baseRoute, content, security, request) : yaml(baseRoute, content, security, request)
            }.undocumented(),
            RestRoute(.get, path + ".json", name: operation) { [self] _, request in
                json(baseRoute, content, security, request)
            }.undocumented(),
        ]
    }

    private func json(
        _ baseRoute: String, _ content: Content, _ security: OpenAPISecurity, _ request: RestRequest
    ) -> RestResponse {
        let document = registered.current?.document ?? document(baseRoute, content, security, request)
        return .text(document.json, type: "application/json")
    }

    private func yaml(
        _ baseRoute: String, _ content: Content, _ security: OpenAPISecurity, _ request: RestRequest
    ) -> RestResponse {
        let text: String
        if let registered = registered.current {
            text = registered.text
        } else if case .commands(let commands) = content {
            var document = CommandableSwaggerDocument(baseRoute: baseRoute, info: info(content), commands)
            document.security = security
            document.server = request.relativeRoot
            text = document.completeText
        } else {
            text = document(baseRoute, content, security, request).yaml
        }
        return .text(text, type: "application/x-yaml")
    }

    private func document(
        _ baseRoute: String, _ content: Content, _ security: OpenAPISecurity, _ request: RestRequest
    ) -> OpenAPIDocument {
        let (info, server) = (info(content), request.relativeRoot)
        return switch content {
        case .commands(let commands):
            OpenAPIDocument(info, baseRoute: baseRoute, commands: commands, security, server: server)
        case .routes(let routes):
            OpenAPIDocument(info, baseRoute: baseRoute, routes: routes, security, server: server)
        }
    }

    private func info(_ content: Content) -> OpenAPIInfo {
        var info =
            switch content {
            case .commands:
                OpenAPIInfo(
                    title: CommandableSwaggerDocument.defaultTitle,
                    description: CommandableSwaggerDocument.defaultDescription)
            case .routes: OpenAPIInfo(title: "RestController", description: "REST microservice")
            }
        if let name = name() { info.title = name }
        if let about = about() { info.description = about }
        info.version = version()
        info.termsOfService = terms()
        (info.contactName, info.contactURL, info.contactEmail) = (contactName(), contactURL(), contactEmail())
        (info.licenseName, info.licenseURL) = (licenseName(), licenseURL())
        return info
    }
}

extension HeaderFields {
    /// True if an `Accept` field names the type explicitly; `*/*` does not count.
    static func accepts(_ type: String, _ field: String?) -> Bool {
        (field ?? "").parts(separatedBy: ",", omittingEmpty: true).contains { part in
            part.parts(separatedBy: ";", omittingEmpty: true).first?.trimmed.isSame(ignoringCase: type) == true
        }
    }
}
