/// Creates the error for invalid data (the toolkit's `ValidationException`): BadRequest `INVALID_DATA`, with the
/// findings in its message and in the detail `results`.
public enum ValidationError {
    /// Returns the error for any findings.
    public static func error(traceId: String?, results: [ValidationResult]) -> ApplicationError {
        let encoded = results.map { result in
            AnyValue.map([
                "path": .string(result.path), "type": .integer(Int64(result.type.rawValue)),
                "code": .string(result.code), "message": .string(result.message), "expected": result.expected,
                "actual": result.actual,
            ])
        }
        return .badRequest(
            code: "INVALID_DATA", composeMessage(results), traceId: traceId, details: ["results": .array(encoded)])
    }

    /// Returns an error if the findings contain an error, or a warning with `strict`; otherwise nil.
    public static func fromResults(
        traceId: String?, _ results: [ValidationResult], strict: Bool = false
    ) -> ApplicationError? {
        let limit = strict ? ValidationResult.Kind.warning.rawValue : ValidationResult.Kind.error.rawValue
        guard results.contains(where: { $0.type.rawValue >= limit }) else { return nil }
        return error(traceId: traceId, results: results)
    }

    /// Returns the message: the findings, joined by commas.
    public static func composeMessage(_ results: [ValidationResult]) -> String {
        let messages = results.filter { $0.type != .information }.map(\.message)
        return messages.isEmpty ? "Validation failed" : "Validation failed: " + messages.joined(separator: ", ")
    }
}
