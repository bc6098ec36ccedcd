/// Reads comments up to the end of the line (the toolkit's `GenericCommentState`).
public struct GenericCommentState: TokenizerState {
    /// Creates the state.
    public init() {}

    /// Reads a comment.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        scanner.token(.comment) { !$0.endsLine }
    }
}
