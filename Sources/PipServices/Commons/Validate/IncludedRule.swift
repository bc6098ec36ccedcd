/// A value must be one of several (the toolkit's `IncludedRule`). Numbers are compared by value, so 1 is 1.0; text is
/// never a number here.
public struct IncludedRule: ValidationRule {
    /// The values that are allowed.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Checks a value and adds the error `VALUE_NOT_INCLUDED` when it is none of those allowed.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !values.contains(where: { ObjectComparator.isSame($0, value) }) else { return }
        results.append(
            .error(
                path, "VALUE_NOT_INCLUDED", "\(path.named) must be one of \(values.listed)", expected: .array(values),
                actual: value))
    }
}

// MARK: - Internal

extension [AnyValue] {
    /// The values as messages list them.
    var listed: String { map(\.description).joined(separator: ",") }
}
