/// The schema of a field to sort by: `name` is text, `ascending` a truth value, both optional (the toolkit's
/// `SortFieldSchema`).
public struct SortFieldSchema: Schema {
    /// True when there must be a value.
    public var isRequired = false
    /// Conditions on the field.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks the two properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ObjectSchema().withOptionalProperty("name", .string).withOptionalProperty("ascending", .boolean)
}
