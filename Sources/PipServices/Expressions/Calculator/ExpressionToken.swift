/// A token of an expression (the toolkit's `ExpressionToken`).
public struct ExpressionToken: Sendable, Hashable {
    /// The type of the token.
    public let type: ExpressionTokenType
    /// A constant, or the name of a variable or function; null for other tokens.
    public let value: Variant
    /// The 1-based line.
    public let line: Int
    /// The 1-based column.
    public let column: Int

    /// Creates a token.
    public init(_ type: ExpressionTokenType, _ value: Variant = .null, line: Int, column: Int) {
        self.type = type
        self.value = value
        self.line = line
        self.column = column
    }

    // MARK: - Internal

    var place: ExpressionPlace { ExpressionPlace(line: line, column: column) }

    func with(_ type: ExpressionTokenType) -> Self { Self(type, value, line: line, column: column) }
}
