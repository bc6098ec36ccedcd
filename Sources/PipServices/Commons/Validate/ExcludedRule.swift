/// A value must be none of several (the toolkit's `ExcludedRule`). Values are compared as by ``IncludedRule``.
public struct ExcludedRule: ValidationRule {
    /// The values that are not allowed.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Checks a value and adds the error `VALUE_INCLUDED` when it is one of those not allowed.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard values.contains(where: { ObjectComparator.isSame($0, value) }) else { return }
        results.append(
            .error(
                path, "VALUE_INCLUDED", "\(path.named) must not be one of \(values.listed)", expected: .array(values),
                actual: value))
    }
}
