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
        let line = scanner.peekLine
        let column = scanner.peekColumn
        guard scanner.peek == "/" else { return nil }
        _ = scanner.read()
        var value = String.UnicodeScalarView("/".unicodeScalars)
        if allowsLine, scanner.peek == "/" {
            value.append(contentsOf: scanner.text { !$0.endsLine })
        } else if scanner.peek == "*" {
            if let star = scanner.read() { value.append(star) }
            var last: Unicode.Scalar?
            while let next = scanner.read() {
                value.append(next)
                if last == "*", next == "/" { break }
                last = next
            }
        } else {
            scanner.unread()
            return nil
        }
        return Token(.comment, String(value), line: line, column: column)
    }
}
