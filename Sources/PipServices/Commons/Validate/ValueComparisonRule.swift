/// Compares a value with a constant (the toolkit's `ValueComparisonRule`).
///
/// ```swift
/// ObjectSchema().withRequiredProperty("age", .integer, ValueComparisonRule("GE", 18))
/// ```
public struct ValueComparisonRule: ValidationRule {
    /// The operation, see ``ObjectComparator``. An unknown operation always fails.
    public var operation: String
    /// The constant.
    public var value: AnyValue

    /// Creates a rule.
    public init(_ operation: String, _ value: AnyValue) {
        self.operation = operation
        self.value = value
    }

    /// Adds the error `BAD_VALUE` if the comparison fails.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !ObjectComparator.compare(value, operation, self.value) else { return }
        results.append(
            .error(
                path, "BAD_VALUE", "\(path.named) must \(operation) \(self.value) but found \(value)",
                expected: .string("\(operation) \(self.value)"), actual: value))
    }
}
