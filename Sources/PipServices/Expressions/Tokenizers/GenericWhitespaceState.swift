/// Reads whitespace (the toolkit's `GenericWhitespaceState`): by default all characters up to U+0020.
public struct GenericWhitespaceState: TokenizerState {
    private var characters = CharReferenceMap<Bool>()

    /// Creates a state with the default characters.
    public init() { setWhitespaceChars("\0"..." ", true) }

    /// Sets whether a range of characters is whitespace.
    public mutating func setWhitespaceChars(_ range: ClosedRange<Unicode.Scalar>, _ enable: Bool) {
        characters.addInterval(range, enable)
    }

    /// Removes all characters from the set of whitespace characters.
    public mutating func clearWhitespaceChars() { characters.clear() }

    /// Reads whitespace.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        scanner.token(.whitespace) { characters.lookup($0) ?? false }
    }
}
