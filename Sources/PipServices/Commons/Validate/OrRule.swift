/// A rule that passes if at least one of its rules passes (the toolkit's `OrRule`). Otherwise it reports the findings
/// of all of them.
public struct OrRule: ValidationRule {
    /// The rules to combine.
    public var rules: [any ValidationRule]

    /// Creates a rule. Without nested rules it always passes.
    public init(_ rules: any ValidationRule...) { self.rules = rules }

    /// Creates a rule from a list of rules.
    public init(_ rules: [any ValidationRule]) { self.rules = rules }

    /// Adds the findings of all rules, unless one of them passes.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        var found: [ValidationResult] = []
        for rule in rules {
            let count = found.count
            rule.validate(path: path, schema: schema, value: value, results: &found)
            if found.count == count { return }
        }
        results += found
    }
}
