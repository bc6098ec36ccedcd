import PipServicesTesting

@testable import PipServices

enum HTTPVectors {
    static let operations: VectorOperation.Table = [
        "request": .init(accepts: accepts) { try await request($0) },
        "swagger": .init { input in
            let commands = try input.list("commands").map { command in
                Command(
                    try VectorInput.text(command["name"] ?? .null),
                    schema: try command["schema"].flatMap { $0.isNull ? nil : try VectorSchema.schema($0) }
                ) { (_, _: Parameters) in }
            }
            let config = try ConfigVectors.config(input["config"])
            let document = CommandableSwaggerDocument(
                baseRoute: try input.text("baseRoute"), title: config["name"], description: config["description"],
                commands)
            return .string(document.description)
        },
    ]

    /// The service that the vectors' README describes.
    private static let yaml = """
        - descriptor: pip-services:context-info:default:default:1.0
          name: demo
          description: Demo service
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
          options: { generate_trace_id: false, expose_causes: true }
        - descriptor: v:service:default:default:1.0
        - descriptor: v:controller:commandable-http:default:1.0
          base_route: dummy
          swagger: { enable: true }
        - descriptor: v:controller:rest:default:1.0
        - descriptor: pip-services:status-controller:http:default:1.0
        - descriptor: pip-services:heartbeat-controller:http:default:1.0
        """

    private static func request(_ input: VectorInput) async throws -> AnyValue {
        let headers = try input.map("headers").map { (name: $0.key, value: $0.value.description) }
        let body: String =
            switch input["body"] {
            case .null: ""
            case .map(let map) where map["$text"] != nil: try VectorInput.text(map["$text"] ?? .null)
            case let value: JSONConverter.toJSON(value)
            }
        let request = RestRequest(
            HTTPMethod(rawValue: try input.text("method")), try input.text("path"), headers: HeaderFields(headers),
            body: RestBody(Array(body.utf8)))
        let seed = try input.list("seed").map(VectorInput.map)
        let factory = Factory()
            .register("v:service:default:*:1.0") { DummyService(seed) }
            .register("v:controller:commandable-http:*:1.0") {
                CommandableHTTPController(service: "v:service:default:*:1.0")
            }
            .register("v:controller:rest:*:1.0") { DummyRestController() }
        return try await withContainer(yaml: yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            return try encode(await endpoint.respond(to: request), fixed: endpoint.fixedHeaders)
        }
    }

    // MARK: - Responses

    /// The fields of an error that all editions send.
    private static let sharedFields = ["code", "status", "category", "message", "details", "cause"]

    /// - Parameter fixed: the header fields that the server adds to every response.
    private static func encode(_ response: RestResponse, fixed: HeaderFields) throws -> AnyValue {
        let headers = (response.headers + fixed).map { ($0.name.lowercased(), AnyValue.string($0.value)) }
        var encoded: AnyValueMap = [
            "status": VectorValue.integer(response.status), "headers": .map(AnyValueMap(headers)),
        ]
        let text = String(decoding: response.body, as: UTF8.self)
        var body: AnyValue = text.isEmpty ? .null : (try? JSONConverter.fromJSON(text)) ?? ["$text": .string(text)]
        if response.status >= 400, let error = body.map {
            encoded["other"] = VectorValue.texts(error.keys.filter { !sharedFields.contains($0) }.sorted())
            var shared = AnyValueMap(sharedFields.map { ($0, error[$0] ?? .null) })
            // The recordings leave out the findings of validation.
            if error["code"] == "INVALID_DATA" { shared.remove("details") }
            body = .map(shared)
        }
        encoded["body"] = body
        return .map(encoded)
    }

    /// Compares a response field by field: the recorded result of another edition has fewer than the first.
    private static func accepts(_ expected: AnyValue, _ got: AnyValue) -> Bool {
        guard let fields = expected.map else { return false }
        return fields.allSatisfy { name, value in
            switch name {
            case "headers": (value.map ?? [:]).allSatisfy { accepts(header: $0, $1, got["headers"] ?? .null) }
            case "body": accepts(body: value, got["body"] ?? .null, status: got["status"] ?? .null)
            default: VectorMatcher.matches(value, got[name] ?? .null)
            }
        }
    }

    private static func accepts(header name: String, _ value: AnyValue, _ got: AnyValue) -> Bool {
        // The recorded server sends this one empty, which browsers take for no; Node and this project send `*`.
        if name == "access-control-allow-origin", value == "" { return got[name] == "*" }
        return VectorMatcher.matches(value, got[name] ?? .null)
    }

    private static func accepts(body expected: AnyValue, _ got: AnyValue, status: AnyValue) -> Bool {
        // Errors that Node's HTTP library sends by itself have no category, and only the fields that are named count.
        if let fields = expected.map, fields["code"] != nil, fields["category"] == nil {
            return fields.allSatisfy { VectorMatcher.matches($0.value, got[$0.key] ?? .null) }
        }
        return VectorMatcher.matches(expected, got)
    }
}
