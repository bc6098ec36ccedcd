/// Forbids several values (the toolkit's `ExcludedRule`). Values are compared as in ``IncludedRule``.
public struct ExcludedRule: ValidationRule {
    /// The forbidden values.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Adds the error `VALUE_INCLUDED` if the value is forbidden.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard values.contains(where: { ObjectComparator.isSame($0, value) }) else { return }
        results.append(
            .error(
                path, "VALUE_INCLUDED", "\(path.named) must not be one of \(values.listed)", expected: .array(values),
                actual: value))
    }
}
