/// An OpenAPI 3.0 document, generated from commands or REST routes, or parsed from text.
///
/// ```swift
/// let document = OpenAPIDocument(OpenAPIInfo(title: "Beacons"), baseRoute: "v1/beacons", commands: service.commands.commands)
/// print(document.yaml)
/// ```
/// It contains what types and schemas declare: parameters, bodies, results and rules. Errors are described as
/// ``ErrorDescription``. In the .NET edition, the document of routes is called `RestOpenApiDocument`.
public struct OpenAPIDocument: Sendable, Hashable {
    /// The document as dynamic values.
    public var content: AnyValueMap

    /// Creates a document from its content.
    public init(_ content: AnyValueMap) { self.content = content }

    /// Creates the document of commands, each as `POST /<baseRoute>/<name>` with the arguments as the body.
    public init(_ info: OpenAPIInfo, baseRoute: String, commands: [Command]) {
        self.init(info, baseRoute: baseRoute, commands: commands, OpenAPISecurity())
    }

    /// Creates the document of the REST routes below a base route. ``RestRoute/undocumented()`` routes are omitted.
    public init(_ info: OpenAPIInfo, baseRoute: String, routes: [RestRoute]) {
        self.init(info, baseRoute: baseRoute, routes: routes, OpenAPISecurity())
    }

    /// Parses a document in YAML or JSON. Its paths and schemas are not validated.
    /// - Throws: Misconfiguration `BAD_OPENAPI`, with the line if known, for malformed text or a document that is not
    ///   OpenAPI.
    public init(parsing text: String) throws(ApplicationError) {
        let value: AnyValue
        do {
            value = try YAMLParser.parse(text) { _, _ in }
        } catch {
            throw Self.bad("\(error.line.map { "line \($0): " } ?? "")\(error.problem)")
        }
        guard let content = value.map else { throw Self.bad("it has no fields") }
        guard !(content["openapi"] ?? .null).isNull || !(content["swagger"] ?? .null).isNull else {
            throw Self.bad("it has no field 'openapi' that tells the version, such as '3.0.3'")
        }
        self.content = content
    }

    /// The document as JSON.
    public var json: String { String(decoding: JSONWriter.bytes(of: .map(content)), as: UTF8.self) }

    /// The document as YAML.
    public var yaml: String {
        var writer = YAMLWriter()
        writer.members(content)
        return writer.text
    }

    // MARK: - Internal

    /// - Parameter server: the URL of the service, relative to the document; nil for the root of its host.
    init(
        _ info: OpenAPIInfo, baseRoute: String, commands: [Command], _ security: OpenAPISecurity, server: String? = nil
    ) {
        var builder = OpenAPIBuilder(baseRoute: baseRoute, security)
        for command in commands { builder.add(command) }
        content = builder.document(info, server: server)
    }

    /// As above.
    init(
        _ info: OpenAPIInfo, baseRoute: String, routes: [RestRoute], _ security: OpenAPISecurity, server: String? = nil
    ) {
        var builder = OpenAPIBuilder(baseRoute: baseRoute, security)
        for route in routes { builder.add(route) }
        content = builder.document(info, server: server)
    }

    private static func bad(_ problem: String) -> ApplicationError {
        .config(code: "BAD_OPENAPI", "The OpenAPI document can't be read: \(problem)")
    }
}
