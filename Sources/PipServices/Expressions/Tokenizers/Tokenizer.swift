/// Splits text into tokens (the toolkit's `ITokenizer` and `AbstractTokenizer`).
///
/// A tokenizer is a value made of options and states; ``GenericTokenizer``, ``ExpressionTokenizer`` and
/// ``CSVTokenizer`` differ in their states only. Any text can be split, in time linear in its length.
public protocol Tokenizer: Sendable {
    /// What is left out or changed.
    var options: TokenizerOptions { get }
    /// The states and the characters that lead to them.
    var states: TokenizerStates { get }
}

extension Tokenizer {
    /// The tokens of a text, one by one.
    public func tokens(of text: String) -> TokenReader { TokenReader(StringScanner(text), options, states) }

    /// The tokens from where a scanner stands, one by one.
    public func tokens(of scanner: StringScanner) -> TokenReader { TokenReader(scanner, options, states) }

    /// All tokens of a text.
    public func tokenize(_ text: String) -> [Token] { Array(tokens(of: text)) }

    /// The texts of all tokens of a text.
    public func tokenizeToStrings(_ text: String) -> [String] { tokens(of: text).map(\.value) }
}
