/// The kinds of tokens (the toolkit's `TokenType`).
public enum TokenType: Int, Sendable, CaseIterable {
    /// A character that no state knows.
    case unknown
    /// The end of the text.
    case eof
    /// The end of a line, in CSV.
    case eol
    /// A number with a fraction or an exponent.
    case float
    /// A whole number.
    case integer
    /// A hexadecimal number.
    case hexDecimal
    /// Any number, when ``TokenizerOptions/unifyNumbers`` is set.
    case number
    /// A sign such as `+` or `<=`.
    case symbol
    /// Text in quotes.
    case quoted
    /// A word.
    case word
    /// A word with a meaning of its own.
    case keyword
    /// Blanks and the like.
    case whitespace
    /// A comment.
    case comment
    /// Something that only a special tokenizer knows.
    case special
}
