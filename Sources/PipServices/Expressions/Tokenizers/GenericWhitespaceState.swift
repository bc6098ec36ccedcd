/// Reads blank space (the toolkit's `GenericWhitespaceState`): all characters up to the blank.
public struct GenericWhitespaceState: TokenizerState {
    private var characters = CharReferenceMap<Bool>()

    /// Creates a state with the usual characters.
    public init() { setWhitespaceChars("\0"..." ", true) }

    /// Says whether a range of characters is blank space.
    public mutating func setWhitespaceChars(_ range: ClosedRange<Unicode.Scalar>, _ enable: Bool) {
        characters.addInterval(range, enable)
    }

    /// Lets no character be blank space.
    public mutating func clearWhitespaceChars() { characters.clear() }

    /// Reads blank space.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        scanner.token(.whitespace) { characters.lookup($0) ?? false }
    }
}
