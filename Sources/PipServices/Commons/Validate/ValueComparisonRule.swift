/// A value must compare to a constant (the toolkit's `ValueComparisonRule`).
///
/// ```swift
/// ObjectSchema().withRequiredProperty("age", .integer, ValueComparisonRule("GE", 18))
/// ```
public struct ValueComparisonRule: ValidationRule {
    /// How to compare: one of the operations of ``ObjectComparator``. Nothing passes an unknown one.
    public var operation: String
    /// What to compare with.
    public var value: AnyValue

    /// Creates a rule.
    public init(_ operation: String, _ value: AnyValue) {
        self.operation = operation
        self.value = value
    }

    /// Checks a value and adds the error `BAD_VALUE` when it does not compare.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        guard !ObjectComparator.compare(value, operation, self.value) else { return }
        results.append(
            .error(
                path, "BAD_VALUE", "\(path.named) must \(operation) \(self.value) but found \(value)",
                expected: .string("\(operation) \(self.value)"), actual: value))
    }
}
