/// Reads comments like `/* ... */` (the toolkit's `CCommentState`). A `/` alone is a sign. A comment without an end
/// goes to the end of the text.
public struct CCommentState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a comment.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        Self.read(&scanner, allowsLine: false) ?? states.symbol.nextToken(&scanner, states)
    }

    // MARK: - Internal

    /// A comment; nil, and nothing read, when there is none.
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
