/// Reads numbers such as `12`, `-1.5`, `.5` and `5.` (the toolkit's `GenericNumberState`). A `-` or `.` without
/// digits is a sign.
public struct GenericNumberState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a number.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        Self.read(&scanner) ?? states.symbol.nextToken(&scanner, states)
    }

    // MARK: - Internal

    /// A number; nil, and nothing read, when there is none.
    static func read(_ scanner: inout StringScanner) -> Token? {
        let line = scanner.peekLine
        let column = scanner.peekColumn
        var value = String.UnicodeScalarView()
        if scanner.peek == "-", let minus = scanner.read() { value.append(minus) }
        let whole = scanner.text(while: \.isDecimalDigit)
        value.append(contentsOf: whole)
        var hasDigits = !whole.isEmpty
        let hasDot = scanner.peek == "."
        if hasDot, let dot = scanner.read() {
            value.append(dot)
            let fraction = scanner.text(while: \.isDecimalDigit)
            value.append(contentsOf: fraction)
            hasDigits = hasDigits || !fraction.isEmpty
        }
        guard hasDigits else {
            scanner.unreadMany(value.count)
            return nil
        }
        return Token(hasDot ? .float : .integer, String(value), line: line, column: column)
    }
}
