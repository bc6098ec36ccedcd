/// Reads the text between the tags of a template (the toolkit's `MustacheSpecialState`), up to the next `{{`.
public struct MustacheSpecialState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads the text; the token is empty where a tag begins.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let line = scanner.peekLine
        let column = scanner.peekColumn
        var value = String.UnicodeScalarView()
        while let character = scanner.peek {
            _ = scanner.read()
            if character == "{", scanner.peek == "{" {
                scanner.unread()
                break
            }
            value.append(character)
        }
        return Token(.special, String(value), line: line, column: column)
    }
}
