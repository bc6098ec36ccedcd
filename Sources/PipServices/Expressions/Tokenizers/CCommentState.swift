/// Reads comments like `/* ... */` (the toolkit's `CCommentState`). A single `/` is a symbol. An unclosed comment
/// extends to the end of the input.
public struct CCommentState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a comment.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        Self.read(&scanner, allowsLine: false) ?? states.symbol.nextToken(&scanner, states)
    }

    // MARK: - Internal

    /// Reads a comment; returns nil and reads nothing if there is none.
    static func read(_ scanner: inout StringScanner, allowsLine: Bool) -> Token? {
        let start = scanner
        guard scanner.skip("/") else { return nil }
        if allowsLine, scanner.peek == "/" {
            scanner.skip { !$0.endsLine }
        } else if scanner.skip("*") {
            var last: Unicode.Scalar?
            while let next = scanner.read() {
                if last == "*", next == "/" { break }
                last = next
            }
        } else {
            scanner = start
            return nil
        }
        return scanner.token(.comment, since: start)
    }
}
