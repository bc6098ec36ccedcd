/// Reads a string up to the next quote (the toolkit's `GenericQuoteState`). Without a closing quote the string extends
/// to the end of the input.
public struct GenericQuoteState: QuoteState {
    /// Creates the state.
    public init() {}

    /// Reads a string with its quotes.
    public func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token {
        let start = scanner
        if let quote = scanner.read() {
            scanner.skip { $0 != quote }
            _ = scanner.read()
        }
        return scanner.token(.quoted, since: start)
    }

    /// Quotes a string without escaping.
    public func encodeString(_ value: String, quote: Unicode.Scalar) -> String { "\(quote)\(value)\(quote)" }

    /// Unquotes a string.
    public func decodeString(_ value: String, quote: Unicode.Scalar) -> String {
        let scalars = value.unicodeScalars
        guard scalars.count >= 2, scalars.first == quote, scalars.last == quote else { return value }
        return String(scalars.dropFirst().dropLast())
    }
}
