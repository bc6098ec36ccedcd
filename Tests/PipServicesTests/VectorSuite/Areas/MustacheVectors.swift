import PipServices

enum MustacheVectors {
    static let operations: VectorOperation.Table = [
        "evaluate": .init { .string(try MustacheTemplate($0.text("template")).evaluate($0.map("variables"))) },
        "variableNames": .init { VectorValue.texts(try MustacheTemplate($0.text).variableNames) },
        "resultTokens": .init { tokens(try MustacheTemplate($0.text).resultTokens) },
    ]

    private static func tokens(_ tokens: [MustacheToken]) -> AnyValue {
        .array(
            tokens.map {
                ["type": .string($0.type.rawValue), "value": .string($0.value), "tokens": Self.tokens($0.tokens)]
            })
    }
}
