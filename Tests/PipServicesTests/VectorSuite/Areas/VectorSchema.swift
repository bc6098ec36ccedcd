import PipServices

/// Reads the schemas of vectors.
enum VectorSchema {
    static func schema(_ value: AnyValue) throws -> any Schema {
        let fields = VectorInput(value)
        guard try fields.list("rules").isEmpty else { throw VectorOperation.NotBuilt("with rules") }
        let isRequired = try fields.bool("required")
        let schema: any Schema
        switch try fields.text("kind") {
        case "schema": schema = ValueSchema()
        case "object": schema = try object(fields)
        case "array": schema = ArraySchema(try type(fields["valueType"]))
        case "map": schema = MapSchema(try type(fields["keyType"]), try type(fields["valueType"]))
        case "filter": schema = FilterParamsSchema()
        case "paging": schema = PagingParamsSchema()
        case let kind: throw VectorOperation.NotBuilt("of a \(kind)")
        }
        return isRequired ? schema.makeRequired() : schema
    }

    private static func object(_ fields: VectorInput) throws -> ObjectSchema {
        var schema = ObjectSchema(allowUndefined: try fields.bool("allowUndefined"))
        for property in try fields.list("properties").map(VectorInput.init) {
            guard try property.list("rules").isEmpty else { throw VectorOperation.NotBuilt("with rules") }
            schema = schema.withProperty(
                PropertySchema(
                    try property.text("name"), try type(property["type"]), required: try property.bool("required")))
        }
        return schema
    }

    /// A kind of value, the name of one, or a schema; any value for none.
    private static func type(_ value: AnyValue) throws -> SchemaType {
        if value.isNull { return .any }
        if let name = value.string { return .name(name) }
        if let code = value["code"]?.string { return .code(try ConvertVectors.typeCode(code)) }
        return .schema(try schema(value))
    }
}
