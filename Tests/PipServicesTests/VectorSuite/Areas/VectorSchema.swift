import PipServices

/// Reads the schemas of vectors.
enum VectorSchema {
    static func schema(_ value: AnyValue) throws -> any Schema {
        let fields = VectorInput(value)
        var schema: any Schema
        switch try fields.text("kind") {
        case "schema": schema = ValueSchema()
        case "object": schema = try object(fields)
        case "array": schema = ArraySchema(try type(fields["valueType"]))
        case "map": schema = MapSchema(try type(fields["keyType"]), try type(fields["valueType"]))
        case "filter": schema = FilterParamsSchema()
        case "paging": schema = PagingParamsSchema()
        case "projection": schema = ProjectionParamsSchema()
        case let kind: throw VectorOperation.NotBuilt("of a \(kind)")
        }
        schema.isRequired = try fields.bool("required")
        schema.rules = try rules(fields)
        return schema
    }

    private static func object(_ fields: VectorInput) throws -> ObjectSchema {
        var schema = ObjectSchema(allowUndefined: try fields.bool("allowUndefined"))
        for property in try fields.list("properties").map(VectorInput.init) {
            schema = schema.withProperty(
                PropertySchema(
                    try property.text("name"), try type(property["type"]), required: try property.bool("required"),
                    rules: try rules(property)))
        }
        return schema
    }

    private static func rules(_ fields: VectorInput) throws -> [any ValidationRule] {
        try fields.list("rules").map { try rule(VectorInput($0)) }
    }

    private static func rule(_ fields: VectorInput) throws -> any ValidationRule {
        switch try fields.text("rule") {
        case "value": ValueComparisonRule(try fields.text("op"), fields["value"])
        case "properties":
            PropertiesComparisonRule(try fields.text("p1"), try fields.text("op"), try fields.text("p2"))
        case "atLeastOne": AtLeastOneExistsRule(try fields.texts("names"))
        case "onlyOne": OnlyOneExistsRule(try fields.texts("names"))
        case "included": IncludedRule(try fields.list("values"))
        case "excluded": ExcludedRule(try fields.list("values"))
        case "and": AndRule(try rules(fields))
        case "or": OrRule(try rules(fields))
        case "not": NotRule(try rule(VectorInput(fields["of"])))
        case let name: throw VectorOperation.NotBuilt("with a rule \(name)")
        }
    }

    /// A kind of value, the name of one, or a schema; any value for none.
    private static func type(_ value: AnyValue) throws -> SchemaType {
        if value.isNull { return .any }
        if let name = value.string { return .name(name) }
        if let code = value["code"]?.string { return .code(try ConvertVectors.typeCode(code)) }
        return .schema(try schema(value))
    }
}
