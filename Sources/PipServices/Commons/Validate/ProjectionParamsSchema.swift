/// The schema of projection parameters: a list of strings (the toolkit's `ProjectionParamsSchema`).
public struct ProjectionParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a list of strings.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ArraySchema(.string)
}
