/// Reads text up to the next quote (the toolkit's `GenericQuoteState`). Without one the text goes to the end.
public struct GenericQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a text with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let start = scanner
        if let quote = scanner.read() {
            scanner.skip { $0 != quote }
            _ = scanner.read()
        }
        return scanner.token(.quoted, since: start)
    }

    /// Puts a text in quotes, as it is.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { "\(quote)\(value)\(quote)" }

    /// Takes a text out of its quotes.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String {
        let scalars = value.unicodeScalars
        guard scalars.count >= 2, scalars.first == quote, scalars.last == quote else { return value }
        return String(scalars.dropFirst().dropLast())
    }
}
