/// The schema of filter parameters: any values by name (the toolkit's `FilterParamsSchema`).
public struct FilterParamsSchema: Schema {
    /// True when there must be a value.
    public var isRequired = false
    /// Conditions on the parameters.
    public var rules: [any ValidationRule] = []

    /// Creates the schema.
    public init() {}

    /// Checks that the value is a map.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {
        MapSchema(.string).validateShape(path: path, value: value, results: &results)
    }
}
