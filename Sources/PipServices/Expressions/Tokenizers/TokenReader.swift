/// Reads the tokens of a string one by one. Created by ``Tokenizer/tokens(of:)-(String)``.
public struct TokenReader: Sequence, IteratorProtocol, Sendable {
    private var scanner: StringScanner
    private let options: TokenizerOptions
    private let states: TokenizerStates
    private var last = TokenType.unknown
    /// True if the next character is outside tags.
    private var isOutside: Bool

    init(_ scanner: StringScanner, _ options: TokenizerOptions, _ states: TokenizerStates) {
        self.scanner = scanner
        self.options = options
        self.states = states
        isOutside = states.special != nil
    }

    /// Returns the next token; nil after the last one.
    public mutating func next() -> Token? {
        while let character = scanner.peek {
            let token = read(character)
            defer { last = token.type }
            if !isSkipped(token) { return changed(token, character) }
        }
        guard last != .eof else { return nil }
        last = .eof
        return options.skipEof ? nil : Token(.eof, "", line: scanner.peekLine, column: scanner.peekColumn)
    }

    // MARK: - Internal

    private mutating func read(_ character: Unicode.Scalar) -> Token {
        if isOutside, let special = states.special {
            let token = special.nextToken(&scanner, states)
            if !token.value.isEmpty { return token }
        }
        isOutside = false
        let token = readInside(character)
        if !states.closingSymbols.isEmpty { isOutside = states.closingSymbols.contains(token.value) }
        return token
    }

    private mutating func readInside(_ character: Unicode.Scalar) -> Token {
        let line = scanner.peekLine
        let column = scanner.peekColumn
        if let entry = states.entry(character) {
            let token = entry.state.nextToken(&scanner, states)
            if !token.value.isEmpty {
                guard options.decodeStrings, let quote = entry.quote else { return token }
                return Token(token.type, quote.decodeString(token.value, quote: character), line: line, column: column)
            }
        }
        // A state that reads nothing must not block the reader.
        _ = scanner.read()
        return Token(.unknown, String(character), line: line, column: column)
    }

    private func isSkipped(_ token: Token) -> Bool {
        switch token.type {
        case .unknown: options.skipUnknown
        case .comment: options.skipComments
        case .whitespace: options.skipWhitespaces && last == .whitespace
        default: false
        }
    }

    private func changed(_ token: Token, _ character: Unicode.Scalar) -> Token {
        switch token.type {
        case .whitespace where options.mergeWhitespaces:
            Token(.whitespace, " ", line: token.line, column: token.column)
        case .integer where options.unifyNumbers, .float where options.unifyNumbers,
            .hexDecimal where options.unifyNumbers:
            Token(.number, token.value, line: token.line, column: token.column)
        default: token
        }
    }
}
