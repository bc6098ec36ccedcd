/// Reads words (the toolkit's `GenericWordState`): letters, digits, `-`, `_` and everything from U+00C0.
public struct GenericWordState: TokenizerState {
    private var characters = CharReferenceMap<Bool>()

    /// Creates a state with the usual characters.
    public init() {
        setWordChars("a"..."z", true)
        setWordChars("A"..."Z", true)
        setWordChars("0"..."9", true)
        setWordChars("-"..."-", true)
        setWordChars("_"..."_", true)
        setWordChars("\u{C0}"..."\u{10FFFF}", true)
    }

    /// Says whether a range of characters belongs to words.
    public mutating func setWordChars(_ range: ClosedRange<Unicode.Scalar>, _ enable: Bool) {
        characters.addInterval(range, enable)
    }

    /// Lets no character belong to words.
    public mutating func clearWordChars() { characters.clear() }

    /// Reads a word.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        scanner.token(.word) { characters.lookup($0) ?? false }
    }
}

// MARK: - Internal

extension StringScanner {
    /// A token of all characters that come next and belong to it.
    mutating func token(_ type: TokenType, while belongs: (Unicode.Scalar) -> Bool) -> Token {
        let line = peekLine
        let column = peekColumn
        return Token(type, String(text(while: belongs)), line: line, column: column)
    }

    /// The characters that come next and belong.
    mutating func text(while belongs: (Unicode.Scalar) -> Bool) -> String.UnicodeScalarView {
        var value = String.UnicodeScalarView()
        while let character = peek, belongs(character) {
            value.append(character)
            _ = read()
        }
        return value
    }
}

extension Unicode.Scalar {
    /// Whether this is one of the digits 0 to 9.
    var isDecimalDigit: Bool { ("0"..."9").contains(self) }
    /// Whether this is LF or CR.
    var endsLine: Bool { self == "\n" || self == "\r" }
}
