/// The schema of a map (the toolkit's `MapSchema`).
public struct MapSchema: Schema {
    /// The type of the names.
    public var keyType: SchemaType
    /// The type of the values.
    public var valueType: SchemaType
    /// True if a value is required.
    public var isRequired: Bool
    /// Rules for the map.
    public var rules: [any ValidationRule]

    /// Creates a schema.
    public init(
        _ keyType: SchemaType = .any, _ valueType: SchemaType = .any, required: Bool = false,
        rules: [any ValidationRule] = []
    ) {
        self.keyType = keyType
        self.valueType = valueType
        isRequired = required
        self.rules = rules
    }

    /// Checks that the value is a map, and the types of its names and values.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        guard let map = value.map else {
            results.append(
                .error(
                    path, "VALUE_ISNOT_MAP", "\(path.named) type must be Map", expected: "Map",
                    actual: .string(TypeConverter.toTypeCode(value).description)))
            return
        }
        for (name, element) in map {
            let path = path.appending(path: name)
            keyType.validate(path: path, value: .string(name), results: &results)
            valueType.validate(path: path, value: element, results: &results)
        }
    }
}
