/// The types of tokens (the toolkit's `TokenType`).
public enum TokenType: Int, Sendable, CaseIterable {
    /// A character without a state.
    case unknown
    /// The end of the input.
    case eof
    /// The end of a line, in CSV.
    case eol
    /// A number with a fraction or an exponent.
    case float
    /// An integer.
    case integer
    /// A hexadecimal number.
    case hexDecimal
    /// Any number, when ``TokenizerOptions/unifyNumbers`` is set.
    case number
    /// A symbol such as `+` or `<=`.
    case symbol
    /// A quoted string.
    case quoted
    /// A word.
    case word
    /// A keyword.
    case keyword
    /// Whitespace.
    case whitespace
    /// A comment.
    case comment
    /// A token of a special tokenizer.
    case special
}
