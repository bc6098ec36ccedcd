/// Reads strings in `'` and names in `"` (the toolkit's `ExpressionQuoteState`). A quote inside is doubled.
///
/// A quoted name is a word, so `"net price" * 2` reads the variable `net price`. Without a closing quote the string
/// extends to the end of the input.
public struct ExpressionQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a string with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        DoubledQuotes.read(&scanner) { $0 == "\"" ? .word : .quoted }
    }

    /// Quotes a string and doubles the quotes in it.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.encode(value, quote) }

    /// Unquotes a string and replaces doubled quotes with single ones.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.decode(value, quote) }
}
