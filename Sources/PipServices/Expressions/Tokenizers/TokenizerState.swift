/// Reads tokens of one kind (the toolkit's `ITokenizerState`).
///
/// A tokenizer asks the state that it has for the next character. States are values: they are set up once and keep
/// nothing between tokens.
public protocol TokenizerState: Sendable {
    /// Reads one token. The scanner stands before a character that leads to this state; a state that finds nothing of
    /// its kind passes the scanner on to another of `states`. An empty token makes the character an unknown one.
    func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token
}

/// A state that reads quoted text, and can put text in quotes (the toolkit's `IQuoteState`).
public protocol QuoteState: TokenizerState {
    /// Puts a text in quotes.
    func encodeString(_ value: String, quote: Unicode.Scalar) -> String
    /// Takes a text out of its quotes; a text that is not in both quotes stays as it is.
    func decodeString(_ value: String, quote: Unicode.Scalar) -> String
}

// MARK: - Internal

/// A text in quotes, where a quote in the text is written twice.
enum DoubledQuotes {
    static func read(_ scanner: inout StringScanner, as type: (Unicode.Scalar) -> TokenType) -> Token {
        let start = scanner
        guard let quote = scanner.read() else { return scanner.token(.unknown, since: start) }
        while let next = scanner.read() {
            if next == quote, !scanner.skip(quote) { break }
        }
        return scanner.token(type(quote), since: start)
    }

    static func encode(_ value: String, _ quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView([quote])
        for scalar in value.unicodeScalars {
            result.append(scalar)
            if scalar == quote { result.append(quote) }
        }
        result.append(quote)
        return String(result)
    }

    static func decode(_ value: String, _ quote: Unicode.Scalar) -> String {
        let scalars = value.unicodeScalars
        guard scalars.count >= 2, scalars.first == quote, scalars.last == quote else { return value }
        var result = String.UnicodeScalarView()
        var isSecond = false
        for scalar in scalars.dropFirst().dropLast() {
            isSecond = scalar == quote && !isSecond
            // The first of two quotes goes in, the second stays out; a single one goes in.
            if scalar != quote || isSecond { result.append(scalar) }
        }
        return String(result)
    }
}
