import PipServices

enum ParameterVectors {
    static let operations: VectorOperation.Table = [
        "get": .init { input in
            let parameters = try parameters(input)
            return try input.optionalText("key").flatMap { parameters[$0] } ?? .null
        },
        // The toolkit swallows malformed JSON; here a caller who wants that says `try?`.
        "fromJson": .init { .map(((try? Parameters(json: try $0.text)) ?? Parameters()).values) },
        "fromValue": .init { .map(Parameters($0.value).values) },
        "toJson": .init { try JSONConverter.fromJSON(Parameters(try VectorInput.map($0.value)).toJSON()) },
        "getAsNullableString": .init { VectorValue.text(try parameters($0).getAsNullableString($0.text("key"))) },
        "getAsIntegerWithDefault": .init {
            VectorValue.integer(try parameters($0).getAsInteger($0.text("key"), default: $0.int("default")))
        },
        "contextGet": .init { Context(try $0.map("values"))[try $0.text("key")] ?? .null },
        "contextTraceId": .init { VectorValue.text(Context(try VectorInput.map($0.value)).traceId) },
        "contextFromTraceId": .init { VectorValue.text(Context.fromTraceId($0.value.string).traceId) },
        "contextClientUser": .init { input in
            let context = Context(try VectorInput.map(input.value))
            return ["client": VectorValue.text(context.client), "user": context.user ?? .null]
        },
    ]

    private static func parameters(_ input: VectorInput) throws -> Parameters { Parameters(try input.map("params")) }
}
