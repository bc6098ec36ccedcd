/// Reads comments like `/* ... */` and `// ...` (the toolkit's `CppCommentState`). A single `/` is a symbol.
public struct CppCommentState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a comment.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        CCommentState.read(&scanner, allowsLine: true) ?? states.symbol.nextToken(&scanner, states)
    }
}
