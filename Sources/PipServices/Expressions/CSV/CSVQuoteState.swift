/// Reads quoted values, in which quotes are doubled (the toolkit's `CsvQuoteState`). A value without a closing quote
/// extends to the end of the input.
public struct CSVQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a value with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        DoubledQuotes.read(&scanner) { _ in .quoted }
    }

    /// Quotes a value and doubles the quotes in it.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.encode(value, quote) }

    /// Unquotes a value and replaces doubled quotes with single ones.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.decode(value, quote) }
}
