/// Reads tokens of one type (the toolkit's `ITokenizerState`).
///
/// The next character selects the state of a tokenizer. States are values: they are configured once and store nothing
/// between tokens.
public protocol TokenizerState: Sendable {
    /// Reads one token. The scanner is before a character that selects this state. A state that finds no token of its
    /// type passes the scanner to another of `states`. An empty token marks the character as unknown.
    func nextToken(_ scanner: inout StringScanner, _ states: TokenizerStates) -> Token
}

/// A state that reads and writes quoted strings (the toolkit's `IQuoteState`).
public protocol QuoteState: TokenizerState {
    /// Quotes a string.
    func encodeString(_ value: String, quote: Unicode.Scalar) -> String
    /// Unquotes a string. A string without both quotes is unchanged.
    func decodeString(_ value: String, quote: Unicode.Scalar) -> String
}

// MARK: - Internal

/// Quoting with doubled quotes.
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
            // Drops the second of two quotes and keeps a single one.
            if scalar != quote || isSecond { result.append(scalar) }
        }
        return String(result)
    }
}
