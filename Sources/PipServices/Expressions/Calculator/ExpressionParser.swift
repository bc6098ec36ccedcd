/// Parses an expression into postfix order (the toolkit's `ExpressionParser`).
///
/// The precedence from low to high: `AND OR XOR`, `NOT`, comparisons, `+ - LIKE` with `NOT LIKE`, `NOT IN` and `IS
/// NULL`, `* / %`, `^ IN << >>`, then signs, calls and element access. Operators of one level are left-associative.
public struct ExpressionParser: Sendable {
    /// The maximum nesting of brackets.
    public static let maximumDepth = 100

    /// The source of the expression.
    public let expression: String
    /// The tokens in source order, without spaces and comments. `-` is always a separate token.
    public let initialTokens: [ExpressionToken]
    /// The tokens in postfix order: operands before their operator, the number of arguments before a function's name.
    public private(set) var resultTokens: [ExpressionToken] = []
    /// The names of all variables in order of appearance. Names that differ in case are listed separately.
    public private(set) var variableNames: [String] = []

    /// Parses an expression. An empty one can be parsed but not evaluated.
    ///
    /// Throws `BadRequest` with a code of ``SyntaxErrorCode`` and the details `line` and `column`.
    public init(_ expression: String) throws(ApplicationError) {
        self.expression = expression
        initialTokens = try Self.split(expression)
        guard !initialTokens.isEmpty else { return }
        try parse(from: .logical)
        if let token = current { throw Self.errorNear(token) }
    }

    // MARK: - Tokens

    private static let tokenizer: ExpressionTokenizer = {
        var options = TokenizerOptions()
        options.skipComments = true
        options.skipEof = true
        options.decodeStrings = true
        return ExpressionTokenizer(options: options)
    }()

    private static let operators: [ScalarText: ExpressionTokenType] = [
        "(": .leftBrace, ")": .rightBrace, "[": .leftSquareBrace, "]": .rightSquareBrace, "+": .plus, "-": .minus,
        "*": .star, "/": .slash, "%": .procent, "^": .power, "=": .equal, "<>": .notEqual, "!=": .notEqual,
        ">": .more, "<": .less, ">=": .equalMore, "<=": .equalLess, "<<": .shiftLeft, ">>": .shiftRight,
        "AND": .and, "OR": .or, "XOR": .xor, "NOT": .not, "IS": .is, "IN": .in, "NULL": .null, "LIKE": .like,
        ",": .comma,
    ]

    private static func split(_ expression: String) throws(ApplicationError) -> [ExpressionToken] {
        var tokens: [ExpressionToken] = []
        var scanner = StringScanner(withoutBlanksAtTheEnd(of: expression))
        // Non-ASCII spaces are allowed only at the ends, as in all editions.
        while let next = scanner.peek, isTrimmed(next) { _ = scanner.read() }
        for token in tokenizer.tokens(of: scanner) where token.type != .whitespace {
            let place = ExpressionPlace(line: token.line, column: token.column)
            let (type, value) = try meaning(of: token, place)
            tokens.append(ExpressionToken(type, value, line: token.line, column: token.column))
        }
        return tokens
    }

    private static func meaning(
        of token: Token, _ place: ExpressionPlace
    ) throws(ApplicationError) -> (ExpressionTokenType, Variant) {
        switch token.type {
        case .word: return (.variable, .string(token.value))
        case .quoted: return (.constant, .string(token.value))
        case .integer:
            if let number = Int64(token.value) { return (.constant, .integer(number)) }
            return (.constant, .double(DoubleConverter.toDouble(.string(token.value))))
        case .float: return (.constant, .float(DoubleConverter.toDouble(.string(token.value))))
        case .symbol:
            guard let type = operators[ScalarText(token.value)] else { break }
            return (type, .null)
        default:
            let word = ScalarText(token.value.asciiUppercased)
            if word == "TRUE" { return (.constant, .boolean(true)) }
            if word == "FALSE" { return (.constant, .boolean(false)) }
            if let type = operators[word] { return (type, .null) }
        }
        throw place.error(SyntaxErrorCode.unknownSymbol, "Unknown symbol")
    }

    private static func isTrimmed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "\u{FEFF}"
    }

    private static func withoutBlanksAtTheEnd(of text: String) -> String {
        let scalars = text.unicodeScalars
        guard let last = scalars.lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return String(scalars[...last])
    }

    // MARK: - Grammar

    /// The precedence levels, from low to high.
    private enum Level: Int, Comparable {
        case logical
        case not
        case comparison
        case sum
        case product
        case power
        case value

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        var next: Self { Self(rawValue: rawValue + 1) ?? .value }

        init?(_ type: ExpressionTokenType) {
            switch type {
            case .and, .or, .xor: self = .logical
            case .equal, .notEqual, .more, .less, .equalMore, .equalLess: self = .comparison
            case .plus, .minus, .like, .notLike, .notIn, .isNull, .isNotNull: self = .sum
            case .star, .slash, .procent: self = .product
            case .power, .in, .shiftLeft, .shiftRight: self = .power
            default: return nil
            }
        }
    }

    private var index = 0
    private var depth = 0

    private var current: ExpressionToken? { token(0) }

    private func token(_ offset: Int) -> ExpressionToken? {
        index + offset < initialTokens.count ? initialTokens[index + offset] : nil
    }

    private func next() throws(ApplicationError) -> ExpressionToken {
        if let current { return current }
        let place = initialTokens.last?.place ?? ExpressionPlace(line: 1, column: 1)
        throw place.error(SyntaxErrorCode.unexpectedEnd, "Unexpected end of expression, last read")
    }

    private static func errorNear(_ token: ExpressionToken) -> ApplicationError {
        token.place.error(SyntaxErrorCode.errorNear, "Syntax error near")
    }

    /// Parses an operand and the operators after it whose precedence is at least `level`.
    private mutating func parse(from level: Level) throws(ApplicationError) {
        let first = try next()
        if first.type == .not, level <= .not {
            index += 1
            try parse(from: .comparison)
            resultTokens.append(first)
        } else {
            try parseValue()
        }
        while let (found, count) = operatorAhead(), let its = Level(found.type), its >= level {
            index += count
            if found.type != .isNull, found.type != .isNotNull { try parse(from: its.next) }
            resultTokens.append(found)
        }
    }

    /// Returns the next operator and its number of tokens.
    private func operatorAhead() -> (ExpressionToken, Int)? {
        guard let first = current else { return nil }
        let second = token(1)?.type
        switch (first.type, second) {
        case (.is, .null), (.equal, .null): return (first.with(.isNull), 2)
        case (.notEqual, .null): return (first.with(.isNotNull), 2)
        case (.is, .not) where token(2)?.type == .null: return (first.with(.isNotNull), 3)
        case (.not, .in): return (first.with(.notIn), 2)
        case (.not, .like): return (first.with(.notLike), 2)
        // These operators do not accept NULL on their right: a syntax error, as in all editions.
        case (.more, .null), (.less, .null), (.equalMore, .null), (.equalLess, .null), (.and, .null), (.or, .null),
            (.xor, .null):
            return nil
        default: return (first, 1)
        }
    }

    private mutating func parseValue() throws(ApplicationError) {
        let sign = try next()
        if sign.type == .plus || sign.type == .minus { index += 1 }
        let token = try next()
        index += 1
        switch token.type {
        case .constant: resultTokens.append(token)
        case .variable where current?.type == .leftBrace: try parseCall(token)
        case .variable:
            resultTokens.append(token)
            addVariable(token)
        case .leftBrace:
            try parseInBrackets(token, closedBy: .rightBrace)
        default: throw token.place.error(SyntaxErrorCode.errorAt, "Syntax error")
        }
        while let bracket = current, bracket.type == .leftSquareBrace {
            index += 1
            try parseInBrackets(bracket, closedBy: .rightSquareBrace)
            resultTokens.append(bracket.with(.element))
        }
        if sign.type == .minus { resultTokens.append(sign.with(.unary)) }
    }

    private mutating func parseInBrackets(
        _ bracket: ExpressionToken, closedBy end: ExpressionTokenType
    ) throws(ApplicationError) {
        try goDeeper(bracket)
        try parse(from: .logical)
        try close(end)
    }

    private mutating func parseCall(_ name: ExpressionToken) throws(ApplicationError) {
        try goDeeper(name)
        var count: Int64 = 0
        repeat {
            // Skips the opening bracket, or a comma, after which the call may end.
            index += 1
            if current?.type == .rightBrace { break }
            try parse(from: .logical)
            count += 1
        } while current?.type == .comma
        try close(.rightBrace)
        resultTokens.append(ExpressionToken(.constant, .integer(count), line: name.line, column: name.column))
        resultTokens.append(name.with(.function))
    }

    private mutating func goDeeper(_ token: ExpressionToken) throws(ApplicationError) {
        guard depth < Self.maximumDepth else {
            throw token.place.error(SyntaxErrorCode.tooDeep, "Brackets are nested more than 100 deep")
        }
        depth += 1
    }

    private mutating func close(_ end: ExpressionTokenType) throws(ApplicationError) {
        let token = try next()
        guard token.type == end else {
            throw end == .rightBrace
                ? token.place.error(SyntaxErrorCode.missedCloseParenthesis, "Expected ')'")
                : token.place.error(SyntaxErrorCode.missedCloseSquareBracket, "Expected ']'")
        }
        index += 1
        depth -= 1
    }

    private var knownNames: Set<ScalarText> = []

    private mutating func addVariable(_ token: ExpressionToken) {
        guard case .string(let name) = token.value, knownNames.insert(ScalarText(name)).inserted else { return }
        variableNames.append(name)
    }
}
