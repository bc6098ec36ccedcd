/// Values by name, where names and values are of one type each (the toolkit's `MapSchema`).
public struct MapSchema: Schema {
    /// What type the names must have.
    public var keyType: SchemaType
    /// What type the values must have.
    public var valueType: SchemaType
    /// True when there must be a value.
    public var isRequired: Bool
    /// Conditions on the map.
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

    /// Checks that the value is a map, its names and its values.
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
