/// Two properties of an object must compare to each other (the toolkit's `PropertiesComparisonRule`).
///
/// The capitals of property names do not count; two missing properties are equal.
public struct PropertiesComparisonRule: ValidationRule {
    /// The first property's name.
    public var property1: String
    /// How to compare: one of the operations of ``ObjectComparator``. Nothing passes an unknown one.
    public var operation: String
    /// The second property's name.
    public var property2: String

    /// Creates a rule.
    public init(_ property1: String, _ operation: String, _ property2: String) {
        self.property1 = property1
        self.operation = operation
        self.property2 = property2
    }

    /// Checks an object and adds the error `PROPERTIES_NOT_MATCH` when its properties do not compare.
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
