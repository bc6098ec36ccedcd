/// The states of a tokenizer, and the characters that select them.
public struct TokenizerStates: Sendable {
    /// Reads comments.
    public var comment: (any TokenizerState)?
    /// Reads numbers.
    public var number: (any TokenizerState)?
    /// Reads quoted strings.
    public var quote: (any QuoteState)?
    /// Reads symbols. It is the fallback of states that find no token of their type.
    public var symbol: any TokenizerState
    /// Reads whitespace.
    public var whitespace: (any TokenizerState)?
    /// Reads words.
    public var word: (any TokenizerState)?
    /// Reads text outside tags: at the start, and after each of ``closingSymbols``. Nil for a language without tags.
    public var special: (any TokenizerState)?
    /// The symbols that end a tag.
    public var closingSymbols: Set<String> = []

    private var map = CharReferenceMap<Entry>()

    /// Creates states with a state for symbols. No character selects a state yet.
    public init(symbol: any TokenizerState = GenericSymbolState()) { self.symbol = symbol }

    /// Returns the state of a character; nil makes it an unknown character.
    public func characterState(_ character: Unicode.Scalar) -> (any TokenizerState)? { map.lookup(character)?.state }

    /// Sets the state of a range of characters; nil for none. Later calls override earlier ones.
    public mutating func setCharacterState(_ range: ClosedRange<Unicode.Scalar>, _ state: (any TokenizerState)?) {
        map.addInterval(range, state.map { Entry(state: $0) })
    }

    /// Sets the state of a range of characters to quoted strings, which ``TokenizerOptions/decodeStrings`` unquotes.
    public mutating func setCharacterState(_ range: ClosedRange<Unicode.Scalar>, _ state: any QuoteState) {
        map.addInterval(range, Entry(state: state, quote: state))
    }

    /// Removes the states of all characters.
    public mutating func clearCharacterStates() { map.clear() }

    // MARK: - Internal

    /// A state, and whether it reads quoted strings. Stored, because a cast for each token is slow.
    struct Entry: Sendable {
        let state: any TokenizerState
        var quote: (any QuoteState)?
    }

    func entry(_ character: Unicode.Scalar) -> Entry? { map.lookup(character) }
}
