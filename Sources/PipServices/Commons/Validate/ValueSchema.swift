/// A schema for values of any shape, with rules (the toolkit's `Schema` itself).
public struct ValueSchema: Schema {
    /// True if a value is required.
    public var isRequired: Bool
    /// Rules for the value.
    public var rules: [any ValidationRule]

    /// Creates a schema.
    public init(required: Bool = false, rules: [any ValidationRule] = []) {
        isRequired = required
        self.rules = rules
    }

    /// Accepts every shape.
    public func validateShape(path: String, value: AnyValue, results: inout [ValidationResult]) {}
}
