/// A part of an expression (the toolkit's `ExpressionToken`).
public struct ExpressionToken: Sendable, Hashable {
    /// What it is.
    public let type: ExpressionTokenType
    /// A constant, or the name of a variable or function; null for anything else.
    public let value: Variant
    /// The line where it stands, from 1.
    public let line: Int
    /// The column where it stands, from 1.
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
