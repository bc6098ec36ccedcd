/// Requires one of several values (the toolkit's `IncludedRule`). Numbers are compared by value, so 1 equals 1.0. A
/// string never equals a number.
public struct IncludedRule: ValidationRule {
    /// The allowed values.
    public var values: [AnyValue]

    /// Creates a rule.
    public init(_ values: AnyValue...) { self.values = values }

    /// Creates a rule from a list of values.
    public init(_ values: [AnyValue]) { self.values = values }

    /// Adds the error `VALUE_NOT_INCLUDED` if the value is not allowed.
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
