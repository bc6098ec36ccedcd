/// Splits comma-separated values (the toolkit's `CsvTokenizer`). Values are words or quoted strings, separators are
/// symbols, and line ends (LF, CR or both) have the type ``TokenType/eol``.
///
/// A quote inside a quoted value is doubled.
public struct CSVTokenizer: Tokenizer {
    /// The options of the tokenizer. Set `decodeStrings` to get values without their quotes.
    public var options: TokenizerOptions
    /// The states, and the characters that select them.
    public let states: TokenizerStates
    /// The field separators.
    public let fieldSeparators: [Unicode.Scalar]
    /// The quote characters.
    public let quoteSymbols: [Unicode.Scalar]

    /// Creates a tokenizer for values separated by `,` and quoted with `"`.
    public init(options: TokenizerOptions = TokenizerOptions()) {
        self.init(checked: [","], ["\""], options)
    }

    /// Creates a tokenizer. Throws `BadRequest` with `INVALID_SEPARATOR` or `INVALID_QUOTE` for a line end, a null
    /// character, or a character that is both separator and quote.
    public init(
        fieldSeparators: [Unicode.Scalar], quoteSymbols: [Unicode.Scalar] = ["\""],
        options: TokenizerOptions = TokenizerOptions()
    ) throws(ApplicationError) {
        if let wrong = fieldSeparators.first(where: { Self.isReserved($0) || quoteSymbols.contains($0) }) {
            throw Self.refused(
                wrong, "INVALID_SEPARATOR", "a field separator",
                "anything but a line end, a null character or a quote symbol")
        }
        if let wrong = quoteSymbols.first(where: Self.isReserved) {
            throw Self.refused(wrong, "INVALID_QUOTE", "a quote symbol", "anything but a line end or a null character")
        }
        self.init(checked: fieldSeparators, quoteSymbols, options)
    }

    // MARK: - Internal

    private static func isReserved(_ character: Unicode.Scalar) -> Bool { character.endsLine || character == "\0" }

    private static func refused(
        _ character: Unicode.Scalar, _ code: String, _ what: String, _ expected: String
    ) -> ApplicationError {
        let number = String(character.value, radix: 16, uppercase: true)
        let point = "U+" + String(repeating: "0", count: max(0, 4 - number.count)) + number
        return .badRequest(
            code: code, "The character \(point) can't be \(what); expected \(expected)",
            details: ["character": .string(point)])
    }

    private init(checked separators: [Unicode.Scalar], _ quotes: [Unicode.Scalar], _ options: TokenizerOptions) {
        self.options = options
        fieldSeparators = separators
        quoteSymbols = quotes
        var symbol = GenericSymbolState()
        for end in ["\n", "\r", "\r\n", "\n\r"] { symbol.add(end, .eol) }
        var word = GenericWordState()
        word.setWordChars("\0"..."\u{10FFFF}", true)
        let quote = CSVQuoteState()
        var states = TokenizerStates(symbol: symbol)
        states.quote = quote
        for character in ["\n", "\r"] + separators { word.setWordChars(character...character, false) }
        for character in quotes { word.setWordChars(character...character, false) }
        states.word = word
        states.setCharacterState("\0"..."\u{10FFFF}", word)
        for character in ["\n", "\r"] + separators { states.setCharacterState(character...character, symbol) }
        for character in quotes { states.setCharacterState(character...character, quote) }
        self.states = states
    }
}
