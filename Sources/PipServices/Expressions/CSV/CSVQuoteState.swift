/// Reads quoted values, in which a quote is written twice (the toolkit's `CsvQuoteState`). Without a second quote the
/// value goes to the end of the text.
public struct CSVQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a value with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        DoubledQuotes.read(&scanner) { _ in .quoted }
    }

    /// Puts a value in quotes and doubles those in it.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.encode(value, quote) }

    /// Takes a value out of its quotes and makes doubled ones single.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String { DoubledQuotes.decode(value, quote) }
}
