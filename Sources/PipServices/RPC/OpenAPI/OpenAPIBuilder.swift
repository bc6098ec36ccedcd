/// Builds an OpenAPI document operation by operation.
struct OpenAPIBuilder {
    private let baseRoute: String
    private let security: OpenAPISecurity
    private var isSecured = false
    private var schemas = OpenAPISchemas()
    private var paths = AnyValueMap()
    private var operationIds: Set<ScalarText> = []

    init(baseRoute: String, _ security: OpenAPISecurity) {
        self.baseRoute = RestHost.trim(baseRoute)
        self.security = security
    }

    /// The methods that OpenAPI supports.
    private static let methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]

    mutating func add(_ command: Command) {
        var operation = Operation(id: command.name)
        if let schema = command.schema {
            operation.body = schemas.translate(schema)
            operation.isBodyRequired = schema.validate(.map([:])).contains { $0.type == .error }
        }
        operation.result = command.resultSchema.map { schemas.translate($0) }
        operation.canBeEmpty = true
        operation.isKnown = true
        operation.requirement = security.requirement
        add(operation, .post, [baseRoute, command.name].filter { !$0.isEmpty }.joined(separator: "/"))
    }

    mutating func add(_ route: RestRoute) {
        let metadata = route.metadata
        guard metadata.isDocumented, Self.methods.contains(route.method.rawValue) else { return }
        let parts = (baseRoute + "/" + route.path).parts(separatedBy: "/", omittingEmpty: true)
        let names = parts.filter { $0.begins(with: ":") }.map { String($0.unicodeScalars.dropFirst()) }
        let path = parts.map { $0.begins(with: ":") ? "{\(String($0.unicodeScalars.dropFirst()))}" : String($0) }
            .joined(separator: "/")
        let properties = (route.schema as? ObjectSchema)?.properties ?? []

        var operation = Operation(id: metadata.operationId ?? Self.operationId(route.method, parts))
        operation.summary = metadata.summary
        operation.description = metadata.description
        operation.tags = metadata.tags
        operation.isDeprecated = metadata.isDeprecated
        var written: Set<ScalarText> = []
        for name in names where written.insert(ScalarText(name)).inserted {
            let known = properties.last { $0.name.isSame(as: name) } ?? PropertySchema(name, .string)
            operation.parameters.append(parameter(known, in: "path", isRequired: true))
        }
        written.insert("body")
        for property in metadata.query + properties where written.insert(ScalarText(property.name)).inserted {
            operation.parameters.append(parameter(property, in: "query", isRequired: nil))
        }
        if ![.get, .head, .delete].contains(route.method) {
            let written = properties.last { $0.name == "body" }
            let body = written ?? metadata.body().map { PropertySchema("body", $0, required: true) }
            if let body {
                operation.body = schemas.translate(body as any Schema)
                operation.isBodyRequired = body.isRequired || body.type.isRequired
            }
        }
        operation.status = metadata.status
        operation.result = metadata.result().map { schemas.translate($0) }
        operation.canBeEmpty = metadata.canBeEmpty
        operation.isKnown = operation.result != nil || metadata.canBeEmpty
        operation.requirement = security.requirement(of: route)
        add(operation, route.method, path)
    }

    mutating func document(_ info: OpenAPIInfo, server: String?) -> AnyValueMap {
        var document: AnyValueMap = ["openapi": "3.0.3", "info": .map(info.content)]
        if let server { document["servers"] = [["url": .string(server)]] }
        document["paths"] = .map(paths)
        var components = AnyValueMap()
        if !schemas.named.isEmpty { components["schemas"] = .map(schemas.named) }
        if isSecured { components["securitySchemes"] = .map(security.components) }
        if !components.isEmpty { document["components"] = .map(components) }
        return document
    }

    // MARK: - Internal

    private struct Operation {
        var id: String
        var summary: String?
        var description: String?
        var tags: [String] = []
        var isDeprecated = false
        var parameters: [AnyValue] = []
        var body: AnyValueMap?
        var isBodyRequired = false
        var status = 200
        /// The schema of the result; nil if there is none or it is unknown.
        var result: AnyValueMap?
        /// False if the response is unknown.
        var isKnown = false
        /// True if the result may be missing.
        var canBeEmpty = false
        /// The access requirement.
        var requirement = RestAuthorizer.Requirement.nothing
    }

    private mutating func add(_ operation: Operation, _ method: HTTPMethod, _ path: String) {
        var content = AnyValueMap()
        let tags = operation.tags.isEmpty ? [baseRoute].filter { !$0.isEmpty } : operation.tags
        if !tags.isEmpty { content["tags"] = .array(tags.map(AnyValue.string)) }
        content.put("summary", text: operation.summary)
        content.put("description", text: operation.description)
        content["operationId"] = .string(free(operation.id, of: method, at: path))
        if operation.isDeprecated { content["deprecated"] = true }
        if !operation.parameters.isEmpty { content["parameters"] = .array(operation.parameters) }
        if let body = operation.body {
            content["requestBody"] = [
                "required": .bool(operation.isBodyRequired), "content": Self.json(body),
            ]
        }
        if operation.requirement > .nothing, !security.schemes.isEmpty {
            content["security"] = security.alternatives
            isSecured = true
        }
        content["responses"] = .map(responses(of: operation))
        var methods = paths["/" + path]?.map ?? [:]
        // The newest route wins, as in routing.
        methods[method.rawValue.asciiLowercased] = .map(content)
        paths["/" + path] = .map(methods)
    }

    private mutating func responses(of operation: Operation) -> AnyValueMap {
        var responses = AnyValueMap()
        if let result = operation.result {
            responses[String(operation.status)] = [
                "description": "Successful response", "content": Self.json(result),
            ]
        }
        if !operation.isKnown {
            responses[String(operation.status)] = ["description": "Successful response"]
        } else if operation.result == nil || operation.canBeEmpty {
            responses["204"] = ["description": "There is no result"]
        }
        let error = Self.json(schemas.reference("ErrorDescription") { Self.errorDescription })
        if operation.body != nil || !operation.parameters.isEmpty {
            responses["400"] = ["description": "Something is wrong with the request", "content": error]
        }
        for (status, description) in OpenAPISecurity.refusals(operation.requirement) {
            responses[status] = ["description": .string(description), "content": error]
        }
        responses["default"] = ["description": "Any other failure", "content": error]
        return responses
    }

    private mutating func parameter(_ property: PropertySchema, in place: String, isRequired: Bool?) -> AnyValue {
        var (schema, required) = schemas.property(property)
        schema.remove("nullable")
        required = isRequired ?? required
        var parameter: AnyValueMap = ["name": .string(property.name), "in": .string(place)]
        if let description = schema.remove("description") { parameter["description"] = description }
        if required { parameter["required"] = true }
        parameter["schema"] = .map(schema)
        return .map(parameter)
    }

    private static func json(_ schema: AnyValueMap) -> AnyValue { ["application/json": ["schema": .map(schema)]] }

    /// Returns an operation id that is unique in the document. A route may replace another one.
    private mutating func free(_ id: String, of method: HTTPMethod, at path: String) -> String {
        let old = paths["/" + path]?[method.rawValue.asciiLowercased]?["operationId"]?.string
        if let old { operationIds.remove(ScalarText(old)) }
        var free = id
        var number = 2
        while !operationIds.insert(ScalarText(free)).inserted {
            free = "\(id)_\(number)"
            number += 1
        }
        return free
    }

    /// `get_beacons_by_beacon_id` of `GET /v1/beacons/:beacon_id`.
    private static func operationId(_ method: HTTPMethod, _ parts: [Substring]) -> String {
        let words = parts.map { $0.begins(with: ":") ? "by_\(String($0.unicodeScalars.dropFirst()))" : String($0) }
        return ([method.rawValue.asciiLowercased] + words).joined(separator: "_")
    }

    private static let errorDescription: AnyValueMap = {
        let text: AnyValue = ["type": "string"]
        let optional: AnyValue = ["type": "string", "nullable": true]
        return [
            "type": "object", "description": "Why an operation has failed",
            "properties": [
                "type": optional, "category": text, "status": ["type": "integer", "format": "int32"], "code": text,
                "message": text, "details": ["type": "object", "nullable": true], "trace_id": optional,
                "cause": optional, "stack_trace": optional,
            ],
            "required": ["category", "status", "code", "message"],
        ]
    }()
}
