import PipServices

enum ParameterVectors {
    static let operations: VectorOperation.Table = [
        "get": .init { input in
            let parameters = try parameters(input)
            return try input.optionalText("key").flatMap { parameters[$0] } ?? .null
        },
        // The toolkit swallows malformed JSON; here a caller who wants that says `try?`.
        "fromJson": .init { .map(((try? Parameters(json: try $0.text)) ?? Parameters()).values) },
        "put": .init { input in
            var parameters = try parameters(input)
            if let key = try input.optionalText("key") { try parameters.put(key, input["value"]) }
            return .map(parameters.values)
        },
        "containsKey": .init { input in
            let parameters = try parameters(input)
            return .bool(try input.optionalText("key").map { parameters.containsKey($0) } ?? false)
        },
        "override": .init {
            let other = Parameters(try $0.map("other"))
            return .map(try parameters($0).override(other, recursive: try $0.bool("recursive")).values)
        },
        "setDefaults": .init {
            let other = Parameters(try $0.map("other"))
            return .map(try parameters($0).setDefaults(other, recursive: try $0.bool("recursive")).values)
        },
        "pick": .init { .map(try parameters($0).pick($0.texts("paths")).values) },
        "omit": .init { .map(try parameters($0).omit($0.texts("paths")).values) },
        "assignTo": .init { input in
            var object = input["object"]
            try parameters(input).assignTo(&object)
            return object
        },
        "fromConfig": .init { .map(try Parameters(config: ConfigVectors.config($0.value)).values) },
        "fromTuples": .init { .map(Parameters(tuples: try VectorInput.list($0.value)).values) },
        "getAsParameters": .init { .map(try parameters($0).getAsParameters($0.text("key")).values) },
        "getAsParametersWithDefault": .init {
            let fallback = Parameters(try $0.map("default"))
            return .map(try parameters($0).getAsParameters($0.text("key"), default: fallback).values)
        },
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
