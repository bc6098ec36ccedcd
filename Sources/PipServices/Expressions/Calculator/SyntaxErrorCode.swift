/// The codes of errors in expressions (the toolkit's `SyntaxErrorCode`). Their category is `BadRequest`.
public enum SyntaxErrorCode {
    /// An unknown failure.
    public static let unknown = "UNKNOWN"
    /// An expression that can't be evaluated: an empty one, or one with `LIKE`.
    public static let `internal` = "INTERNAL"
    /// An unexpected end of the expression.
    public static let unexpectedEnd = "UNEXPECTED_END"
    /// An unexpected token after a complete expression.
    public static let errorNear = "ERROR_NEAR"
    /// An unexpected token instead of a value.
    public static let errorAt = "ERROR_AT"
    /// An unknown character.
    public static let unknownSymbol = "UNKNOWN_SYMBOL"
    /// A missing `)`.
    public static let missedCloseParenthesis = "MISSED_CLOSE_PARENTHESIS"
    /// A missing `]`.
    public static let missedCloseSquareBracket = "MISSED_CLOSE_SQUARE_BRACKET"
    /// More than 100 nested brackets. Only this edition has the limit.
    public static let tooDeep = "TOO_DEEP"
}

// MARK: - Internal

/// A position in an expression.
struct ExpressionPlace: Sendable {
    let line: Int
    let column: Int

    /// Returns an error at this position. Its message does not quote the expression, which may contain secrets.
    func error(_ code: String, _ message: String) -> ApplicationError {
        .badRequest(
            code: code, "\(message) at line \(line) and column \(column)",
            details: ["line": .integer(Int64(line)), "column": .integer(Int64(column))])
    }

    /// Returns the error of an operation or function with this position.
    func placing(_ error: ApplicationError) -> ApplicationError {
        guard error.details["line"] == nil else { return error }
        var placed = error
        placed.message += " at line \(line) and column \(column)"
        placed.details["line"] = .integer(Int64(line))
        placed.details["column"] = .integer(Int64(column))
        return placed
    }
}
