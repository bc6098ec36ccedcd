/// What a tokenizer leaves out or changes. Everything is off by default.
public struct TokenizerOptions: Sendable, Hashable {
    /// Leaves out characters that no state knows.
    public var skipUnknown = false
    /// Leaves out blank space that follows blank space. What stands alone stays, as in all editions.
    public var skipWhitespaces = false
    /// Leaves out comments.
    public var skipComments = false
    /// Leaves out the token at the end of the text.
    public var skipEof = false
    /// Makes any blank space a single blank.
    public var mergeWhitespaces = false
    /// Gives all numbers the type ``TokenType/number``.
    public var unifyNumbers = false
    /// Takes texts out of their quotes.
    public var decodeStrings = false

    /// Creates options that are all off.
    public init() {}
}
