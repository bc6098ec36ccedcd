/// Splits strings into tokens (the toolkit's `ITokenizer` and `AbstractTokenizer`).
///
/// A tokenizer is a value that consists of options and states. ``GenericTokenizer``, ``ExpressionTokenizer`` and
/// ``CSVTokenizer`` differ only in their states. Any string can be split, in linear time.
public protocol Tokenizer: Sendable {
    /// The options of the tokenizer.
    var options: TokenizerOptions { get }
    /// The states, and the characters that select them.
    var states: TokenizerStates { get }
}

extension Tokenizer {
    /// Returns a lazy sequence of the tokens of a string.
    public func tokens(of text: String) -> TokenReader { TokenReader(StringScanner(text), options, states) }

    /// Returns a lazy sequence of the tokens from the position of a scanner.
    public func tokens(of scanner: StringScanner) -> TokenReader { TokenReader(scanner, options, states) }

    /// Returns all tokens of a string.
    public func tokenize(_ text: String) -> [Token] { Array(tokens(of: text)) }

    /// Returns the strings of all tokens of a string.
    public func tokenizeToStrings(_ text: String) -> [String] { tokens(of: text).map(\.value) }
}
