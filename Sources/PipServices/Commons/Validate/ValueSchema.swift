/// A schema that leaves the shape open: only whether there must be a value, and rules (the toolkit's `Schema` itself).
public struct ValueSchema: Schema {
    /// True when there must be a value.
    public var isRequired: Bool
    /// Conditions on the value.
    public var rules: [any ValidationRule]

    /// Creates a schema.
    public init(required: Bool = false, rules: [any ValidationRule] = []) {
        isRequired = required
        self.rules = rules
    }

    /// Accepts every shape.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {}
}
