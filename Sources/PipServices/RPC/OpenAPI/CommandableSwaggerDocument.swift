/// The OpenAPI document of a set of commands, as the YAML text that all editions produce (the toolkit's
/// `CommandableSwaggerDocument`).
///
/// ``OpenAPIDocument`` describes the same commands in more detail: results, errors and validation rules.
public struct CommandableSwaggerDocument: Sendable {
    /// The prefix of all routes.
    public var baseRoute: String
    /// The document's metadata.
    public var info: OpenAPIInfo
    /// The commands.
    public var commands: [Command]
    /// The access requirements of all commands; only in ``completeText``.
    var security = OpenAPISecurity()
    /// The URL of the service, relative to the document; nil for the root of its host. Only in ``completeText``.
    var server: String?

    /// Creates a document. The title and description have defaults.
    public init(baseRoute: String, title: String? = nil, description: String? = nil, _ commands: [Command]) {
        let info = OpenAPIInfo(
            title: title ?? Self.defaultTitle, description: description ?? Self.defaultDescription)
        self.init(baseRoute: baseRoute, info: info, commands)
    }

    /// Creates a document with the given metadata.
    public init(baseRoute: String, info: OpenAPIInfo, _ commands: [Command]) {
        self.baseRoute = baseRoute
        self.info = info
        self.commands = commands
    }

    static let defaultTitle = "CommandableHttpController"
    static let defaultDescription = "Commandable microservice"
}

extension CommandableSwaggerDocument: CustomStringConvertible {
    /// The YAML text, byte for byte as the other editions produce it.
    public var description: String { text(isComplete: false) }

    // MARK: - Internal

    /// The text with corrections that OpenAPI requires and other editions omit: item types of lists, `paths` even if
    /// empty, only OpenAPI type names, and no duplicate paths.
    var completeText: String { text(isComplete: true) }

    private func text(isComplete: Bool) -> String {
        var writer = YAMLWriter()
        writer.text("openapi", "3.0.2")
        writer.branch("info") { $0.members(info.content) }
        if isComplete, let server { writer.members(["servers": [["url": .string(server)]]]) }
        var written: Set<ScalarText> = []
        if commands.isEmpty, isComplete { writer.line("paths", "{}") }
        writer.branch("paths") { writer in
            for command in commands where written.insert(ScalarText(command.name)).inserted || !isComplete {
                path(of: command, isComplete, &writer)
            }
        }
        if isComplete, security.requirement > .nothing, !security.schemes.isEmpty {
            writer.branch("components") { $0.members(["securitySchemes": .map(security.components)]) }
            writer.members(["security": security.alternatives])
        }
        return writer.text
    }

    private func path(of command: Command, _ isComplete: Bool, _ writer: inout YAMLWriter) {
        let base = RestHost.trim(baseRoute)
        writer.branch("/" + [base, command.name].filter { !$0.isEmpty }.joined(separator: "/")) { writer in
            writer.branch("post") { writer in
                writer.list("tags", [YAMLWriter.plain(base)])
                writer.text("operationId", command.name)
                if let schema = command.schema as? ObjectSchema {
                    writer.branch("requestBody") { writer in
                        writer.branch("content") { writer in
                            writer.branch("application/json") { writer in
                                writer.branch("schema") { Self.object(schema, isComplete, &$0) }
                            }
                        }
                    }
                }
                writer.branch("responses") { writer in
                    writer.branch("200") { writer in
                        writer.text("description", "Successful response")
                        writer.branch("content") { writer in
                            writer.branch("application/json") { writer in
                                writer.branch("schema") { $0.text("type", "object") }
                            }
                        }
                    }
                    guard isComplete else { return }
                    for (status, description) in OpenAPISecurity.refusals(security.requirement) {
                        writer.branch(status) { $0.text("description", description) }
                    }
                }
            }
        }
    }

    private static func object(_ schema: ObjectSchema, _ isComplete: Bool, _ writer: inout YAMLWriter) {
        writer.branch("properties") { writer in
            for property in schema.properties {
                writer.branch(property.name) { type(property.type, isComplete, &$0) }
            }
        }
        writer.list("required", schema.properties.filter(\.isRequired).map { YAMLWriter.plain($0.name) })
    }

    private static func type(_ type: SchemaType, _ isComplete: Bool, _ writer: inout YAMLWriter) {
        switch type {
        case .any: writer.text("type", "object")
        case .code(let code):
            self.code(code, isComplete, &writer)
            if isComplete, code == .array { writer.line("items", "{}") }
        // Type names are those of the toolkit, not of OpenAPI.
        case .name: writer.text("type", "string")
        case .schema(let schema as ArraySchema):
            writer.text("type", "array")
            writer.branch("items") { self.type(schema.valueType, isComplete, &$0) }
        case .schema(let schema as ObjectSchema):
            writer.text("type", "object")
            object(schema, isComplete, &writer)
        case .schema(is PagingParamsSchema):
            writer.text("type", "object")
            object(PagingParamsSchema.shape, isComplete, &writer)
        case .schema(is TokenizedPagingParamsSchema):
            writer.text("type", "object")
            object(TokenizedPagingParamsSchema.shape, isComplete, &writer)
        case .schema(is ProjectionParamsSchema): self.type(.schema(ProjectionParamsSchema.shape), isComplete, &writer)
        case .schema(is SortParamsSchema): self.type(.schema(SortParamsSchema.shape), isComplete, &writer)
        case .schema(is SortFieldSchema):
            writer.text("type", "object")
            object(SortFieldSchema.shape, isComplete, &writer)
        case .schema(let schema as KindSchema): kind(schema, isComplete, &writer)
        // A recursive type is written once.
        case .schema: writer.text("type", "object")
        }
    }

    /// The parts of a derived schema: its kind and, if listed, its allowed values.
    private static func kind(_ schema: KindSchema, _ isComplete: Bool, _ writer: inout YAMLWriter) {
        if isComplete, let format = schema.format {
            writer.text("type", format == "decimal" ? "number" : "string")
            writer.text("format", format)
        } else {
            type(schema.type, isComplete, &writer)
        }
        let parts = schema.parts.compactMap { part in part.name.map { ($0, part.type) } }
        if isComplete, !parts.isEmpty {
            writer.branch("properties") { writer in
                for (name, part) in parts { writer.branch(name) { type(part, isComplete, &$0) } }
            }
        }
        if isComplete, let note = schema.note { writer.text("description", note) }
        for case let rule as IncludedRule in schema.rules { writer.list("enum", rule.values.map(YAMLWriter.scalar)) }
    }

    private static func code(_ code: TypeCode, _ isComplete: Bool, _ writer: inout YAMLWriter) {
        let (type, format): (String, String?) =
            switch code {
            case .integer: ("integer", "int32")
            case .long: ("number", "int64")
            case .float: ("number", "float")
            case .double: ("number", "double")
            case .dateTime: ("string", "date-time")
            case .map, .unknown: ("object", nil)
            case .duration where isComplete: ("number", nil)
            case .enum where isComplete: ("string", nil)
            default: (code.description, nil)
            }
        writer.text("type", type)
        if let format { writer.text("format", format) }
    }
}
