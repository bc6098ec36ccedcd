/// A condition that holds when all of several do (the toolkit's `AndRule`). What it finds is what they find.
public struct AndRule: ValidationRule {
    /// The conditions.
    public var rules: [any ValidationRule]

    /// Creates a rule; without conditions it always holds.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of conditions.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Checks a value and adds what each condition finds.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        for rule in rules { rule.validate(path: path, schema: schema, value: value, results: &results) }
    }
}
