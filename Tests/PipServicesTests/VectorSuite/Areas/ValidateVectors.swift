import PipServices

enum ValidateVectors {
    static let operations: VectorOperation.Table = [
        "validate": .init { CommandVectors.findings(try VectorSchema.schema($0["schema"]).validate($0["value"])) },
        "exception": .init { input in
            let schema = try VectorSchema.schema(input["schema"])
            let error = schema.validateAndReturnError(input["value"], strict: try input.bool("strict"))
            guard let error else { return .null }
            return [
                "error": VectorValue.error(error),
                "results": VectorValue.integer(error.details["results"]?.array?.count),
            ]
        },
        "compare": .init { .bool(ObjectComparator.compare($0["a"], try $0.text("op"), $0["b"])) },
    ]
}
