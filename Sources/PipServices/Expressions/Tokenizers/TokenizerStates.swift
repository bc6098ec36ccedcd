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

    private var map = CharReferenceMap<any TokenizerState>()

    /// Creates a set with a state for signs; no character leads anywhere yet.
    public init(symbol: any TokenizerState = GenericSymbolState()) { self.symbol = symbol }

    /// The state for a character; nil when there is none, which makes it an unknown character.
    public func characterState(_ character: Unicode.Scalar) -> (any TokenizerState)? { map.lookup(character) }

    /// Lets a range of characters lead to a state; nil for none. What is set later counts.
    public mutating func setCharacterState(_ range: ClosedRange<Unicode.Scalar>, _ state: (any TokenizerState)?) {
        map.addInterval(range, state)
    }

    /// Lets no character lead anywhere.
    public mutating func clearCharacterStates() { map.clear() }
}
