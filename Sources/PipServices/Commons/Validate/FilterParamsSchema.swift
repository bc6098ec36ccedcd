/// The schema of filter parameters: a map with any values (the toolkit's `FilterParamsSchema`).
public struct FilterParamsSchema: Schema {
    /// True if a value is required.
    public var isRequired = false
    /// Rules for the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a map.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        MapSchema(.string).validateShape(path: path, value: value, results: &results)
    }
}
