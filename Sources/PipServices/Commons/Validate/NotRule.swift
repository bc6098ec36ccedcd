/// A condition that holds when another does not (the toolkit's `NotRule`).
public struct NotRule: ValidationRule {
    /// The condition that must not hold.
    public var rule: any ValidationRule

    /// Creates a rule.
    public init(_ rule: any ValidationRule) { self.rule = rule }

    /// Checks a value and adds the error `NOT_FAILED` when the other condition holds.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        var found: [ValidationResult] = []
        rule.validate(path: path, schema: schema, value: value, results: &found)
        guard found.isEmpty else { return }
        results.append(
            .error(path, "NOT_FAILED", "Negative check for \(path.named) failed", expected: nil, actual: nil))
    }
}
