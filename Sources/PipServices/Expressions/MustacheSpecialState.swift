/// Reads the text between the tags of a template (the toolkit's `MustacheSpecialState`), up to the next `{{`.
public struct MustacheSpecialState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads the text. The token is empty if a tag starts here.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let start = scanner
        while let character = scanner.read() {
            guard character == "{", scanner.peek == "{" else { continue }
            scanner.unread()
            break
        }
        return scanner.token(.special, since: start)
    }
}
