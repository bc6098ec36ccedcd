/// Translates schemas to OpenAPI 3.0 and collects the named ones.
///
/// Additional properties are allowed, since the toolkit only warns about them. Optional values are nullable, since
/// validation treats null and missing values alike.
struct OpenAPISchemas {
    /// The maximum nesting depth. Deeper schemas are unconstrained.
    private static let maximumDepth = 64

    /// The named schemas.
    private(set) var named = AnyValueMap()
    private var names: [ObjectIdentifier: String] = [:]
    private var depth = 0

    mutating func translate(_ type: SchemaType) -> AnyValueMap {
        switch type {
        case .any: [:]
        case .code(let code): Self.kind(code)
        case .name(let name): Self.kind(named: name)
        case .schema(let schema): translate(schema)
        }
    }

    mutating func translate(_ schema: any Schema) -> AnyValueMap {
        guard depth < Self.maximumDepth else { return [:] }
        depth += 1
        defer { depth -= 1 }
        var result = shape(of: schema)
        OpenAPIRules.constrain(&result, by: schema.rules)
        if let note = (schema as? KindSchema)?.note { OpenAPIRules.describe(&result, note) }
        return result
    }

    /// The schema of a property or parameter.
    mutating func property(_ property: PropertySchema) -> (schema: AnyValueMap, isRequired: Bool) {
        var schema = translate(property as any Schema)
        let isRequired = property.isRequired || property.type.isRequired
        if !isRequired, schema["type"] != nil {
            schema["nullable"] = true
            // In OpenAPI, a list of values belongs to the outer schema.
            if let values = schema["enum"]?.array { schema["enum"] = .array(values + [.null]) }
        }
        return (schema, isRequired)
    }

    /// Returns a reference to a named schema, creating the schema on first use.
    mutating func reference(_ name: String, _ content: () -> AnyValueMap) -> AnyValueMap {
        if !named.contains(name) { named[name] = .map(content()) }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    // MARK: - Internal

    private mutating func shape(of schema: any Schema) -> AnyValueMap {
        switch schema {
        case let schema as ObjectSchema: object(schema)
        case let schema as ArraySchema: ["type": "array", "items": .map(translate(schema.valueType))]
        case let schema as MapSchema:
            ["type": "object", "additionalProperties": .map(translate(schema.valueType))]
        case let schema as PropertySchema: translate(schema.type)
        case let schema as KindSchema: kind(schema)
        case let schema as RecursiveSchema: recursive(schema)
        case is FilterParamsSchema: ["type": "object", "additionalProperties": .map([:])]
        case is PagingParamsSchema: object(PagingParamsSchema.shape)
        case is TokenizedPagingParamsSchema: object(TokenizedPagingParamsSchema.shape)
        case is ProjectionParamsSchema: translate(ProjectionParamsSchema.shape)
        case is SortParamsSchema: translate(SortParamsSchema.shape)
        case is SortFieldSchema: object(SortFieldSchema.shape)
        // A custom schema does not describe itself.
        default: [:]
        }
    }

    private mutating func kind(_ schema: KindSchema) -> AnyValueMap {
        var result = translate(schema.type)
        if let format = schema.format { result["format"] = .string(format) }
        var properties = AnyValueMap()
        // Only decoding knows which of them are required.
        for part in schema.parts {
            if let name = part.name { properties[name] = .map(translate(part.type)) }
        }
        if !properties.isEmpty { result["properties"] = .map(properties) }
        return result
    }

    private mutating func object(_ schema: ObjectSchema) -> AnyValueMap {
        var properties = AnyValueMap()
        var required: [String] = []
        for property in schema.properties {
            let (schema, isRequired) = self.property(property)
            properties[property.name] = .map(schema)
            if isRequired, !required.contains(property.name) { required.append(property.name) }
        }
        var result: AnyValueMap = ["type": "object"]
        if !properties.isEmpty { result["properties"] = .map(properties) }
        // An empty list is invalid in OpenAPI.
        if !required.isEmpty { result["required"] = .array(required.map(AnyValue.string)) }
        return result
    }

    private mutating func recursive(_ schema: RecursiveSchema) -> AnyValueMap {
        let name: String
        if let known = names[schema.id] {
            name = known
        } else {
            name = freeName(schema.name)
            names[schema.id] = name
            // Named before it is translated, because it may be recursive.
            named[name] = .map([:])
            named[name] = .map(translate(schema.resolved))
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private func freeName(_ name: String) -> String {
        // The generic `Tree<Int>` becomes `Tree_Int_`.
        let safe = name.unicodeScalars.map { Self.isSafe($0) ? String($0) : "_" }.joined()
        var free = safe
        var number = 2
        while named.contains(free) {
            free = "\(safe)\(number)"
            number += 1
        }
        return free
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
    }

    // MARK: - Kinds

    private static func kind(_ code: TypeCode) -> AnyValueMap {
        switch code {
        case .string, .enum: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .integer: ["type": "integer", "format": "int32"]
        case .long: ["type": "integer", "format": "int64"]
        case .float: ["type": "number", "format": "float"]
        case .double: ["type": "number", "format": "double"]
        case .duration: ["type": "number"]
        case .dateTime: ["type": "string", "format": "date-time"]
        case .array: ["type": "array", "items": .map([:])]
        case .map: ["type": "object"]
        case .object, .unknown: [:]
        }
    }

    /// The schema of a kind by its ``TypeMatcher`` name.
    private static func kind(named name: String) -> AnyValueMap {
        switch name.asciiLowercased {
        case "string", "enum": kind(.string)
        case "bool", "boolean": kind(.boolean)
        case "int", "integer": kind(.integer)
        case "long": kind(.long)
        case "float": kind(.float)
        case "double": kind(.double)
        case "timespan", "duration": kind(.duration)
        case "date", "datetime": kind(.dateTime)
        case "map", "dict", "dictionary": kind(.map)
        case "array", "list": kind(.array)
        case let name where name.ends(with: "[]"):
            ["type": "array", "items": .map(kind(named: String(name.dropLast(2))))]
        default: [:]
        }
    }
}

extension SchemaType {
    /// True if a value is required.
    var isRequired: Bool {
        if case .schema(let schema) = self { schema.isRequired } else { false }
    }
}
