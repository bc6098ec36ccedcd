/// The states of a tokenizer, and which characters lead to which of them.
public struct TokenizerStates: Sendable {
    /// Reads comments.
    public var comment: (any TokenizerState)?
    /// Reads numbers.
    public var number: (any TokenizerState)?
    /// Reads quoted text.
    public var quote: (any QuoteState)?
    /// Reads signs. States that find nothing of their kind fall back on it.
    public var symbol: any TokenizerState
    /// Reads blank space.
    public var whitespace: (any TokenizerState)?
    /// Reads words.
    public var word: (any TokenizerState)?
    /// Reads what stands outside of tags: at the start, and after each of ``closingSymbols``. Nil where a language has
    /// no tags.
    public var special: (any TokenizerState)?
    /// The signs that end a tag.
    public var closingSymbols: Set<String> = []

    private var map = CharReferenceMap<Entry>()

    /// Creates a set with a state for signs; no character leads anywhere yet.
    public init(symbol: any TokenizerState = GenericSymbolState()) { self.symbol = symbol }

    /// The state for a character; nil when there is none, which makes it an unknown character.
    public func characterState(_ character: Unicode.Scalar) -> (any TokenizerState)? { map.lookup(character)?.state }

    /// Lets a range of characters lead to a state; nil for none. What is set later counts.
    public mutating func setCharacterState(_ range: ClosedRange<Unicode.Scalar>, _ state: (any TokenizerState)?) {
        map.addInterval(range, state.map { Entry(state: $0) })
    }

    /// Lets a range of characters lead to quoted text, which ``TokenizerOptions/decodeStrings`` takes out of its quotes.
    public mutating func setCharacterState(_ range: ClosedRange<Unicode.Scalar>, _ state: any QuoteState) {
        map.addInterval(range, Entry(state: state, quote: state))
    }

    /// Lets no character lead anywhere.
    public mutating func clearCharacterStates() { map.clear() }

    // MARK: - Internal

    /// A state, and whether it reads quoted text: told when it is set, since a cast for each token is slow.
    struct Entry: Sendable {
        let state: any TokenizerState
        var quote: (any QuoteState)?
    }

    func entry(_ character: Unicode.Scalar) -> Entry? { map.lookup(character) }
}
