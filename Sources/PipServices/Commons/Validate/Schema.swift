/// A schema that values are validated against (the toolkit's `Schema`): a shape, with additional rules.
///
/// Schemas are values: builders such as ``ObjectSchema`` return changed copies.
public protocol Schema: Sendable {
    /// True if a value is required.
    var isRequired: Bool { get set }
    /// Rules beyond the shape. They apply only if there is a value.
    var rules: [any ValidationRule] { get set }
    /// Checks the shape of a value and adds the findings to `results`. It is not called for a missing value.
    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult])
}

extension Schema {
    /// Returns a copy of the schema that requires a value.
    public func makeRequired() -> Self { with { $0.isRequired = true } }
    /// Returns a copy of the schema that allows a missing value.
    public func makeOptional() -> Self { with { $0.isRequired = false } }
    /// Returns a copy of the schema with one more rule.
    public func withRule(_ rule: any ValidationRule) -> Self { with { $0.rules.append(rule) } }

    /// Validates a value and returns the findings. Empty if it is valid.
    public func validate(_ value: AnyValue) -> [ValidationResult] {
        var results: [ValidationResult] = []
        performValidation(path: "", value: value, results: &results)
        return results
    }

    /// Returns the error for an invalid value; nil if it is valid. With `strict`, warnings count as errors.
    public func validateAndReturnError(
        traceId: String? = nil, _ value: AnyValue, strict: Bool = false
    ) -> ApplicationError? {
        ValidationError.fromResults(traceId: traceId, validate(value), strict: strict)
    }

    /// Validates a value. With `strict`, warnings count as errors.
    /// - Throws: BadRequest `INVALID_DATA`, see ``ValidationError``.
    public func validateAndThrow(
        traceId: String? = nil, _ value: AnyValue, strict: Bool = false
    ) throws(ApplicationError) {
        if let error = validateAndReturnError(traceId: traceId, value, strict: strict) { throw error }
    }

    // MARK: - Internal

    func performValidation(path: String, value: AnyValue, results: inout [ValidationResult]) {
        if value.isNull, isRequired {
            results.append(
                .error(path, "VALUE_IS_NULL", "\(path.named) must not be null", expected: "NOT NULL", actual: .null))
        }
        validateShape(path: path, value: value, results: &results)
        // Rules apply to values only. A missing value is reported by `isRequired` alone.
        guard !value.isNull else { return }
        for rule in rules { rule.validate(path: path, schema: self, value: value, results: &results) }
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}
