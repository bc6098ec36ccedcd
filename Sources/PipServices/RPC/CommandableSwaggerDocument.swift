/// The OpenAPI document of a set of commands, as YAML (the toolkit's `CommandableSwaggerDocument`).
public struct CommandableSwaggerDocument: Sendable {
    /// What all routes start with.
    public var baseRoute: String
    /// The document's title.
    public var title: String
    /// What the service does.
    public var info: String
    /// The document's version.
    public var version = "1"
    /// The commands.
    public var commands: [Command]

    /// Creates a document. Title and description have defaults.
    public init(baseRoute: String, title: String? = nil, description: String? = nil, _ commands: [Command]) {
        self.baseRoute = baseRoute
        self.title = title ?? "CommandableHttpController"
        info = description ?? "Commandable microservice"
        self.commands = commands
    }
}

extension CommandableSwaggerDocument: CustomStringConvertible {
    /// The YAML text.
    public var description: String {
        var writer = YAMLWriter()
        writer.text("openapi", "3.0.2")
        writer.branch("info") { writer in
            writer.text("title", title)
            writer.text("description", info)
            writer.text("version", version)
        }
        writer.branch("paths") { writer in
            for command in commands { path(of: command, &writer) }
        }
        return writer.text
    }

    // MARK: - Internal

    private func path(of command: Command, _ writer: inout YAMLWriter) {
        writer.branch("/\(baseRoute)/\(command.name)") { writer in
            writer.branch("post") { writer in
                writer.list("tags", [baseRoute])
                writer.text("operationId", command.name)
                if let schema = command.schema as? ObjectSchema {
                    writer.branch("requestBody") { writer in
                        writer.branch("content") { writer in
                            writer.branch("application/json") { writer in
                                writer.branch("schema") { Self.object(schema, &$0) }
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
                }
            }
        }
    }

    private static func object(_ schema: ObjectSchema, _ writer: inout YAMLWriter) {
        writer.branch("properties") { writer in
            for property in schema.properties {
                writer.branch(property.name) { type(property.type, &$0) }
            }
        }
        writer.list("required", schema.properties.filter(\.isRequired).map(\.name))
    }

    private static func type(_ type: SchemaType, _ writer: inout YAMLWriter) {
        switch type {
        case .any: writer.text("type", "object")
        case .code(let code): self.code(code, &writer)
        // The names of kinds are the toolkit's, not OpenAPI's.
        case .name: writer.text("type", "string")
        case .schema(let schema as ArraySchema):
            writer.text("type", "array")
            writer.branch("items") { self.type(schema.valueType, &$0) }
        case .schema(let schema as ObjectSchema):
            writer.text("type", "object")
            object(schema, &writer)
        case .schema(is PagingParamsSchema):
            writer.text("type", "object")
            object(PagingParamsSchema.shape, &writer)
        case .schema(is TokenizedPagingParamsSchema):
            writer.text("type", "object")
            object(TokenizedPagingParamsSchema.shape, &writer)
        case .schema(is ProjectionParamsSchema): self.type(.schema(ProjectionParamsSchema.shape), &writer)
        case .schema(is SortParamsSchema): self.type(.schema(SortParamsSchema.shape), &writer)
        case .schema(is SortFieldSchema):
            writer.text("type", "object")
            object(SortFieldSchema.shape, &writer)
        case .schema(let schema as KindSchema): kind(schema, &writer)
        // A type that holds itself is written once only.
        case .schema: writer.text("type", "object")
        }
    }

    /// What a derived schema says of a type: its kind, and what values it can have if they are listed.
    private static func kind(_ schema: KindSchema, _ writer: inout YAMLWriter) {
        type(schema.type, &writer)
        for case let rule as IncludedRule in schema.rules { writer.list("enum", rule.values.map(\.yaml)) }
    }

    private static func code(_ code: TypeCode, _ writer: inout YAMLWriter) {
        let (type, format): (String, String?) =
            switch code {
            case .integer: ("integer", "int32")
            case .long: ("number", "int64")
            case .float: ("number", "float")
            case .double: ("number", "double")
            case .dateTime: ("string", "date-time")
            case .map, .unknown: ("object", nil)
            default: (code.description, nil)
            }
        writer.text("type", type)
        if let format { writer.text("format", format) }
    }
}

extension AnyValue {
    /// A single value in YAML: text in single quotes.
    fileprivate var yaml: String { string.map(YAMLWriter.quoted) ?? description }
}

/// Writes YAML as the toolkit does: two blanks per level, text in single quotes, empty branches left out.
private struct YAMLWriter {
    private(set) var text = ""
    private var depth = 0

    private var indent: String { String(repeating: "  ", count: depth) }

    mutating func text(_ name: String, _ value: String) {
        text += "\(indent)\(name): \(Self.quoted(value))\n"
    }

    static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }

    mutating func list(_ name: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        text += "\(indent)\(name):\n"
        for value in values { text += "\(indent)  - \(value)\n" }
    }

    mutating func branch(_ name: String, _ content: (inout YAMLWriter) -> Void) {
        var inner = YAMLWriter()
        inner.depth = depth + 1
        content(&inner)
        if !inner.text.isEmpty { text += "\(indent)\(name):\n\(inner.text)" }
    }
}
