/// Splits general text (the toolkit's `GenericTokenizer`) into words, numbers, strings in `"` or `'`, the symbols `<>`,
/// `<=` and `>=`, single symbols, and comments that start with `#`.
public struct GenericTokenizer: Tokenizer {
    /// The options of the tokenizer.
    public var options: TokenizerOptions
    /// The states. They can be changed or replaced.
    public var states: TokenizerStates

    /// Creates a tokenizer.
    public init(options: TokenizerOptions = TokenizerOptions()) {
        self.options = options
        let symbol = GenericSymbolState(["<>", "<=", ">="])
        let number = GenericNumberState()
        let quote = GenericQuoteState()
        let whitespace = GenericWhitespaceState()
        let word = GenericWordState()
        let comment = GenericCommentState()
        states = TokenizerStates(symbol: symbol)
        states.number = number
        states.quote = quote
        states.whitespace = whitespace
        states.word = word
        states.comment = comment
        states.setCharacterState("\0"..."\u{FF}", symbol)
        states.setCharacterState("\0"..." ", whitespace)
        for range: ClosedRange<Unicode.Scalar> in ["a"..."z", "A"..."Z", "\u{C0}"..."\u{10FFFF}"] {
            states.setCharacterState(range, word)
        }
        for range: ClosedRange<Unicode.Scalar> in ["0"..."9", "-"..."-", "."..."."] {
            states.setCharacterState(range, number)
        }
        states.setCharacterState("\""..."\"", quote)
        states.setCharacterState("'"..."'", quote)
        states.setCharacterState("#"..."#", comment)
    }
}
