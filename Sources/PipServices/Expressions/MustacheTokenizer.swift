/// Splits templates (the toolkit's `MustacheTokenizer`): text outside of tags has the type ``TokenType/special``, and
/// inside of tags there are brackets and marks, words, quoted texts and blank space.
///
/// ``MustacheTemplate`` reads templates without it; it is there for tools that look at their tokens.
public struct MustacheTokenizer: Tokenizer {
    /// What is left out or changed. Repeated blank space, comments and the end are left out by default.
    public var options: TokenizerOptions
    /// The states, which can be changed or replaced.
    public var states: TokenizerStates

    /// The options that the toolkit gives to this tokenizer.
    public static let defaultOptions: TokenizerOptions = {
        var options = TokenizerOptions()
        options.skipWhitespaces = true
        options.skipComments = true
        options.skipEof = true
        return options
    }()

    /// Creates a tokenizer.
    public init(options: TokenizerOptions = Self.defaultOptions) {
        self.options = options
        let symbol = GenericSymbolState(["{{", "}}", "{{{", "}}}"])
        let quote = GenericQuoteState()
        let whitespace = GenericWhitespaceState()
        let word = GenericWordState()
        states = TokenizerStates(symbol: symbol)
        states.quote = quote
        states.whitespace = whitespace
        states.word = word
        states.special = MustacheSpecialState()
        states.closingSymbols = ["}}", "}}}"]
        states.setCharacterState("\0"..."\u{FF}", symbol)
        states.setCharacterState("\0"..." ", whitespace)
        for range: ClosedRange<Unicode.Scalar> in [
            "a"..."z", "A"..."Z", "0"..."9", "_"..."_", "\u{C0}"..."\u{10FFFF}",
        ] {
            states.setCharacterState(range, word)
        }
        states.setCharacterState("\""..."\"", quote)
        states.setCharacterState("'"..."'", quote)
    }
}
