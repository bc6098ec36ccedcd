/// A rule that passes if another one does not (the toolkit's `NotRule`).
public struct NotRule: ValidationRule {
    /// The rule that must not pass.
    public var rule: any ValidationRule

    /// Creates a rule.
    public init(_ rule: any ValidationRule) { self.rule = rule }

    /// Adds the error `NOT_FAILED` if the other rule passes.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        var found: [ValidationResult] = []
        rule.validate(path: path, schema: schema, value: value, results: &found)
        guard found.isEmpty else { return }
        results.append(
            .error(path, "NOT_FAILED", "Negative check for \(path.named) failed", expected: nil, actual: nil))
    }
}
