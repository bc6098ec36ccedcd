/// Splits expressions (the toolkit's `ExpressionTokenizer`) into unsigned numbers, strings in `'`, names, names in `"`,
/// keywords, symbols, and comments (`/* ... */` and `// ...`).
public struct ExpressionTokenizer: Tokenizer {
    /// The options of the tokenizer.
    public var options: TokenizerOptions
    /// The states. They can be changed or replaced.
    public var states: TokenizerStates

    /// Creates a tokenizer.
    public init(options: TokenizerOptions = TokenizerOptions()) {
        self.options = options
        let symbol = GenericSymbolState(["<=", ">=", "<>", "!=", ">>", "<<"])
        let number = ExpressionNumberState()
        let quote = ExpressionQuoteState()
        let whitespace = GenericWhitespaceState()
        let word = ExpressionWordState()
        let comment = CppCommentState()
        states = TokenizerStates(symbol: symbol)
        states.number = number
        states.quote = quote
        states.whitespace = whitespace
        states.word = word
        states.comment = comment
        states.setCharacterState("\0"..."\u{10FFFF}", symbol)
        states.setCharacterState("\0"..." ", whitespace)
        for range: ClosedRange<Unicode.Scalar> in ["a"..."z", "A"..."Z", "\u{C0}"..."\u{FF}", "_"..."_"] {
            states.setCharacterState(range, word)
        }
        for range: ClosedRange<Unicode.Scalar> in ["0"..."9", "-"..."-", "."..."."] {
            states.setCharacterState(range, number)
        }
        states.setCharacterState("\""..."\"", quote)
        states.setCharacterState("'"..."'", quote)
        states.setCharacterState("/"..."/", comment)
    }
}
