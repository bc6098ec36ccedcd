/// The schema of a sort field: a string `name` and a Boolean `ascending`, both optional (the toolkit's
/// `SortFieldSchema`).
public struct SortFieldSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the field.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks the two properties.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ObjectSchema().withOptionalProperty("name", .string).withOptionalProperty("ascending", .boolean)
}
