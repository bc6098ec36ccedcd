/// What a value must be like (the toolkit's `Schema`): a shape, and rules on top.
///
/// A schema is a value: builders such as ``ObjectSchema`` give changed copies.
public protocol Schema: Sendable {
    /// True when there must be a value.
    var isRequired: Bool { get set }
    /// Conditions beyond the shape, for values that are there.
    var rules: [any ValidationRule] { get set }
    /// Checks a value's shape and adds what is wrong to `results`. A missing value is checked before.
    func validateShape(path: String, value: AnyValue, results: inout [ValidationResult])
}

extension Schema {
    /// The same schema for a value that must be there.
    public func makeRequired() -> Self { with { $0.isRequired = true } }
    /// The same schema for a value that may be missing.
    public func makeOptional() -> Self { with { $0.isRequired = false } }
    /// The same schema with one more rule.
    public func withRule(_ rule: any ValidationRule) -> Self { with { $0.rules.append(rule) } }

    /// What is wrong with a value; nothing when it is valid.
    public func validate(_ value: AnyValue) -> [ValidationResult] {
        var results: [ValidationResult] = []
        performValidation(path: "", value: value, results: &results)
        return results
    }

    /// The error that an invalid value calls for, nil for a valid one. `strict` counts warnings too.
    public func validateAndReturnError(
        traceId: String? = nil, _ value: AnyValue, strict: Bool = false
    ) -> ApplicationError? {
        ValidationError.fromResults(traceId: traceId, validate(value), strict: strict)
    }

    /// Checks a value. `strict` counts warnings too.
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
        // Rules are about values: whether there must be one is said by `isRequired` alone.
        guard !value.isNull else { return }
        for rule in rules { rule.validate(path: path, schema: self, value: value, results: &results) }
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}
