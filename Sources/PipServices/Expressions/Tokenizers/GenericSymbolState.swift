/// Reads signs of one or more characters, the longest that it knows (the toolkit's `GenericSymbolState`).
///
/// Any character is a sign by itself.
public struct GenericSymbolState: TokenizerState {
    /// One step into the known signs.
    private struct Node: Sendable {
        var next: [Unicode.Scalar: Int] = [:]
        /// The type of the sign that ends here; nil when none does.
        var type: TokenType?
    }

    private var nodes = [Node()]

    /// Creates a state that knows some signs.
    public init(_ symbols: [String] = []) {
        for symbol in symbols { add(symbol) }
    }

    /// Adds a sign. An empty one is left out.
    public mutating func add(_ symbol: String, _ type: TokenType = .symbol) {
        guard !symbol.isEmpty else { return }
        var node = 0
        for character in symbol.unicodeScalars {
            if let next = nodes[node].next[character] {
                node = next
            } else {
                // A single character is always a sign.
                nodes.append(Node(type: node == 0 ? .symbol : nil))
                nodes[node].next[character] = nodes.count - 1
                node = nodes.count - 1
            }
        }
        nodes[node].type = type
    }

    /// Reads the longest known sign, or one character.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let line = scanner.peekLine
        let column = scanner.peekColumn
        guard let first = scanner.read() else { return Token(.unknown, "", line: line, column: column) }
        var value = String.UnicodeScalarView([first])
        var found = (count: 1, type: TokenType.symbol)
        var node = nodes[0].next[first]
        if let node { found.type = nodes[node].type ?? .symbol }
        while let current = node, let character = scanner.peek, let next = nodes[current].next[character] {
            _ = scanner.read()
            value.append(character)
            if let type = nodes[next].type { found = (value.count, type) }
            node = next
        }
        scanner.unreadMany(value.count - found.count)
        return Token(found.type, String(String.UnicodeScalarView(value.prefix(found.count))), line: line, column: column)
    }
}
