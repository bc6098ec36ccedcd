/// Reads names and keywords (the toolkit's `ExpressionWordState`): letters, digits, `_` and everything from U+00C0.
public struct ExpressionWordState: TokenizerState {
    /// The reserved words, in upper case. They are matched case-insensitively.
    public static let keywords: Set<String> = [
        "AND", "OR", "NOT", "XOR", "LIKE", "IS", "IN", "NULL", "TRUE", "FALSE",
    ]

    private static let keys = Set(keywords.map { ScalarText($0) })

    private var words = GenericWordState()

    /// Creates the state.
    public init() { words.setWordChars("-"..."-", false) }

    /// Reads a name or keyword.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let token = words.nextToken(&scanner, states)
        guard token.value.utf8.count <= 5, Self.keys.contains(ScalarText(token.value.asciiUppercased)) else {
            return token
        }
        return Token(.keyword, token.value, line: token.line, column: token.column)
    }
}
