/// A piece of text that a tokenizer found (the toolkit's `Token`).
///
/// Tokens are equal by type and text, wherever they stand.
public struct Token: Sendable, Hashable {
    /// What it is.
    public let type: TokenType
    /// Its text; empty for the end of the text.
    public let value: String
    /// The line where it starts, from 1.
    public let line: Int
    /// The column where it starts, from 1.
    public let column: Int

    /// Creates a token.
    public init(_ type: TokenType, _ value: String, line: Int, column: Int) {
        self.type = type
        self.value = value
        self.line = line
        self.column = column
    }

    /// True for the same type and the same code points.
    public static func == (left: Self, right: Self) -> Bool {
        left.type == right.type && left.value.isSame(as: right.value)
    }

    /// Hashes type and text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(value)
    }
}
