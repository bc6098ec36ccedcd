/// A rule that passes if all of its rules pass (the toolkit's `AndRule`). It reports all of their findings.
public struct AndRule: ValidationRule {
    /// The rules to combine.
    public var rules: [any ValidationRule]

    /// Creates a rule. Without nested rules it always passes.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of rules.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Applies each rule and adds its findings to `results`.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        for rule in rules { rule.validate(path: path, schema: schema, value: value, results: &results) }
    }
}
