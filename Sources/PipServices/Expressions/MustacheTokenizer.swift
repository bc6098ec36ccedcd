/// Splits templates (the toolkit's `MustacheTokenizer`). Text outside tags has the type ``TokenType/special``. Inside
/// tags there are brackets and marks, words, quoted strings and whitespace.
///
/// It is for tools that examine the tokens of templates. ``MustacheTemplate`` does not use it.
public struct MustacheTokenizer: Tokenizer {
    /// The options of the tokenizer. By default, repeated whitespace, comments and the end token are skipped.
    public var options: TokenizerOptions
    /// The states. They can be changed or replaced.
    public var states: TokenizerStates

    /// The default options of this tokenizer.
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
