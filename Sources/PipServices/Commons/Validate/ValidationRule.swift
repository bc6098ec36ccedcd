/// A rule for values beyond their shape (the toolkit's `IValidationRule`).
public protocol ValidationRule: Sendable {
    /// Validates a value and adds the findings to `results`.
    func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult])
}
