import PipServices

enum TokenizerVectors {
    static let operations: VectorOperation.Table = [
        "generic": .init { tokens(GenericTokenizer(options: try options($0)), try $0.text("text")) },
        "expression": .init { tokens(ExpressionTokenizer(options: try options($0)), try $0.text("text")) },
        "mustache": .init {
            let options = try options($0, from: MustacheTokenizer.defaultOptions)
            return tokens(MustacheTokenizer(options: options), try $0.text("text"))
        },
        "csv": .init {
            let tokenizer = try CSVTokenizer(
                fieldSeparators: Array(($0.optionalText("fieldSeparators") ?? ",").unicodeScalars),
                quoteSymbols: Array(($0.optionalText("quoteSymbols") ?? "\"").unicodeScalars),
                options: options($0))
            return tokens(tokenizer, try $0.text("text"))
        },
    ]

    private static func options(
        _ input: VectorInput, from options: TokenizerOptions = TokenizerOptions()
    ) throws -> TokenizerOptions {
        var options = options
        for (name, value) in try input.map("options") {
            guard case .bool(let isOn) = value else { throw VectorInput.Unclear(what: name) }
            switch name {
            case "skipWhitespaces": options.skipWhitespaces = isOn
            case "skipComments": options.skipComments = isOn
            case "skipEof": options.skipEof = isOn
            case "mergeWhitespaces": options.mergeWhitespaces = isOn
            case "unifyNumbers": options.unifyNumbers = isOn
            case "decodeStrings": options.decodeStrings = isOn
            case "skipUnknown": options.skipUnknown = isOn
            default: throw VectorInput.Unclear(what: name)
            }
        }
        return options
    }

    private static func tokens(_ tokenizer: some Tokenizer, _ text: String) -> AnyValue {
        .array(
            tokenizer.tokenize(text).map { token in
                // The end of the text has no text; vectors write that as null.
                let value: AnyValue = token.type == .eof ? .null : .string(token.value)
                return [.string("\(token.type)".capitalizedFirst), value]
            })
    }
}

extension String {
    /// The name of a Swift case as the toolkit writes it.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
