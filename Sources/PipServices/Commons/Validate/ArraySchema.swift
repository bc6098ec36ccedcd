/// The schema of a list (the toolkit's `ArraySchema`).
public struct ArraySchema: Schema {
    /// The type of the elements.
    public var valueType: SchemaType
    /// True if a value is required.
    public var isRequired: Bool
    /// Rules for the list.
    public var rules: [any ValidationRule]

    /// Creates a schema.
    public init(_ valueType: SchemaType = .any, required: Bool = false, rules: [any ValidationRule] = []) {
        self.valueType = valueType
        isRequired = required
        self.rules = rules
    }

    /// Checks that the value is a list, and the types of its elements.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        guard !value.isNull else { return }
        guard let elements = value.array else {
            results.append(
                .error(
                    path, "VALUE_ISNOT_ARRAY", "\(path.named) type must be List or Array", expected: "List",
                    actual: .string(TypeConverter.toTypeCode(value).description)))
            return
        }
        for (index, element) in elements.enumerated() {
            valueType.validate(path: path.appending(path: String(index)), value: element, results: &results)
        }
    }
}
