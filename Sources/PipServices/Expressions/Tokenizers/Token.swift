/// A token (the toolkit's `Token`).
///
/// Two tokens are equal if type and text are equal, wherever they are.
public struct Token: Sendable, Hashable {
    /// The type of the token.
    public let type: TokenType
    /// The text; empty for the end of the input.
    public let value: String
    /// The 1-based line where it starts.
    public let line: Int
    /// The 1-based column where it starts.
    public let column: Int

    /// Creates a token.
    public init(_ type: TokenType, _ value: String, line: Int, column: Int) {
        self.type = type
        self.value = value
        self.line = line
        self.column = column
    }

    /// Returns true if type and code points are equal.
    public static func == (left: Self, right: Self) -> Bool {
        left.type == right.type && left.value.isSame(as: right.value)
    }

    /// Hashes type and text.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(value)
    }
}
