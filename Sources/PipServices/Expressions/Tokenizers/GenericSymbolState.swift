/// Reads symbols of one or more characters, the longest match first (the toolkit's `GenericSymbolState`).
///
/// Every single character is also a symbol.
public struct GenericSymbolState: TokenizerState {
    /// A node of the symbol trie.
    private struct Node: Sendable {
        var next: [Unicode.Scalar: Int] = [:]
        /// The type of the symbol that ends here, or nil.
        var type: TokenType?
    }

    private var nodes = [Node()]

    /// Creates a state with multi-character symbols.
    public init(_ symbols: [String] = []) {
        for symbol in symbols { add(symbol) }
    }

    /// Adds a symbol. An empty one is ignored.
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

    /// Reads the longest known symbol, or one character.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let start = scanner
        guard let first = scanner.read() else { return scanner.token(.unknown, since: start) }
        var node = nodes[0].next[first]
        var type = node.flatMap { nodes[$0].type } ?? .symbol
        var end = scanner
        while let current = node, let character = scanner.peek, let next = nodes[current].next[character] {
            _ = scanner.read()
            if let found = nodes[next].type {
                type = found
                end = scanner
            }
            node = next
        }
        scanner = end
        return scanner.token(type, since: start)
    }
}
