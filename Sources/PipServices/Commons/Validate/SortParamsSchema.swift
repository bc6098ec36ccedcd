/// The schema of sort parameters: a list of fields (the toolkit's `SortParamsSchema`).
public struct SortParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a list of fields.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ArraySchema(.schema(SortFieldSchema()))
}
