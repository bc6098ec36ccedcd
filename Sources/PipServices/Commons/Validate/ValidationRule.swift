/// A condition on a value beyond its shape (the toolkit's `IValidationRule`).
public protocol ValidationRule: Sendable {
    /// Checks a value and adds what is wrong to `results`.
    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult])
}
