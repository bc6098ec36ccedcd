/// Reads words (the toolkit's `GenericWordState`): by default letters, digits, `-`, `_` and everything from U+00C0.
public struct GenericWordState: TokenizerState {
    private var characters = CharReferenceMap<Bool>()

    /// Creates a state with the default characters.
    public init() {
        setWordChars("a"..."z", true)
        setWordChars("A"..."Z", true)
        setWordChars("0"..."9", true)
        setWordChars("-"..."-", true)
        setWordChars("_"..."_", true)
        setWordChars("\u{C0}"..."\u{10FFFF}", true)
    }

    /// Sets whether a range of characters belongs to words.
    public mutating func setWordChars(_ range: ClosedRange<Unicode.Scalar>, _ enable: Bool) {
        characters.addInterval(range, enable)
    }

    /// Removes all characters from words.
    public mutating func clearWordChars() { characters.clear() }

    /// Reads a word.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        scanner.token(.word) { characters.lookup($0) ?? false }
    }
}
