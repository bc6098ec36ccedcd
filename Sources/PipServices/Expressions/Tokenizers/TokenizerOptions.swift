/// The options of a tokenizer. All are off by default.
public struct TokenizerOptions: Sendable, Hashable {
    /// Skips characters without a state.
    public var skipUnknown = false
    /// Skips whitespace after whitespace. A single whitespace token is kept, as in all editions.
    public var skipWhitespaces = false
    /// Skips comments.
    public var skipComments = false
    /// Skips the token at the end of the input.
    public var skipEof = false
    /// Replaces any whitespace with a single space.
    public var mergeWhitespaces = false
    /// Gives all numbers the type ``TokenType/number``.
    public var unifyNumbers = false
    /// Unquotes strings.
    public var decodeStrings = false

    /// Creates options that are all off.
    public init() {}
}
