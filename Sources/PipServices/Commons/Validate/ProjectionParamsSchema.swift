/// The schema of projection parameters: a list of texts (the toolkit's `ProjectionParamsSchema`).
public struct ProjectionParamsSchema: Schema {
    /// True when there must be a value.
    public var isRequired = false
    /// Conditions on the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a list of texts.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        Self.shape.validateShape(path: path, value: value, results: &results)
    }

    static let shape = ArraySchema(.string)
}
