/// Compares two properties of an object (the toolkit's `PropertiesComparisonRule`).
///
/// Property names are case-insensitive. Two missing properties are equal.
public struct PropertiesComparisonRule: ValidationRule {
    /// The name of the first property.
    public var property1: String
    /// The operation, see ``ObjectComparator``. An unknown operation always fails.
    public var operation: String
    /// The name of the second property.
    public var property2: String

    /// Creates a rule.
    public init(_ property1: String, _ operation: String, _ property2: String) {
        self.property1 = property1
        self.operation = operation
        self.property2 = property2
    }

    /// Adds the error `PROPERTIES_NOT_MATCH` if the comparison fails.
    public func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
        let first = value.property(property1)
        let second = value.property(property2)
        guard !ObjectComparator.compare(first, operation, second) else { return }
        results.append(
            .error(
                path, "PROPERTIES_NOT_MATCH", "\(path.named) must have \(property1) \(operation) \(property2)",
                expected: second, actual: first))
    }
}
