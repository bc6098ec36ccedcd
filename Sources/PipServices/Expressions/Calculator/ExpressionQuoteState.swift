/// Reads texts in `'` and names in `"` (the toolkit's `ExpressionQuoteState`); a quote inside is written twice.
///
/// A name in quotes is a word, so `"net price" * 2` reads the variable `net price`. Without a second quote the text
/// goes to the end.
public struct ExpressionQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a text with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        DoubledQuotes.read(&scanner) { $0 == "\"" ? .word : .quoted }
    }

    /// Puts a text in quotes and doubles those in it.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.encode(value, quote) }

    /// Takes a text out of its quotes and makes doubled ones single.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.decode(value, quote) }
}
