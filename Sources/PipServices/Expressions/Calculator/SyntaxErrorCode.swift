/// Codes of the errors in expressions (the toolkit's `SyntaxErrorCode`). All are errors of the kind `BadRequest`.
public enum SyntaxErrorCode {
    /// A failure of unknown kind.
    public static let unknown = "UNKNOWN"
    /// An expression that can't be evaluated: an empty one, or one with `LIKE`.
    public static let `internal` = "INTERNAL"
    /// The expression ends too early.
    public static let unexpectedEnd = "UNEXPECTED_END"
    /// Something may not stand where it does, after a complete expression.
    public static let errorNear = "ERROR_NEAR"
    /// Something may not stand where it does, in place of a value.
    public static let errorAt = "ERROR_AT"
    /// A character that has no meaning in expressions.
    public static let unknownSymbol = "UNKNOWN_SYMBOL"
    /// A `)` is missing.
    public static let missedCloseParenthesis = "MISSED_CLOSE_PARENTHESIS"
    /// A `]` is missing.
    public static let missedCloseSquareBracket = "MISSED_CLOSE_SQUARE_BRACKET"
    /// Brackets nested more than 100 deep. Only this edition has the limit.
    public static let tooDeep = "TOO_DEEP"
}

// MARK: - Internal

/// A place in an expression.
struct ExpressionPlace: Sendable {
    let line: Int
    let column: Int

    /// An error at this place. Its message quotes nothing of the expression, which may hold secrets.
    func error(_ code: String, _ message: String) -> ApplicationError {
        .badRequest(
            code: code, "\(message) at line \(line) and column \(column)",
            details: ["line": .integer(Int64(line)), "column": .integer(Int64(column))])
    }

    /// An error that came of an operation or function at this place.
    func placing(_ error: ApplicationError) -> ApplicationError {
        guard error.details["line"] == nil else { return error }
        var placed = error
        placed.message += " at line \(line) and column \(column)"
        placed.details["line"] = .integer(Int64(line))
        placed.details["column"] = .integer(Int64(column))
        return placed
    }
}
