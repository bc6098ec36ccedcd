import PipServices

/// Of reflection only the type matcher is built.
enum ReflectVectors {
    static let operations: VectorOperation.Table = [
        "matchValueTypeByName": .init { input in
            // No type is the schema type `any`.
            guard let type = try input.optionalText("type") else {
                return .bool(PropertySchema("", .any).validate(input["value"]).isEmpty)
            }
            return .bool(TypeMatcher.matchValue(type, input["value"]))
        },
        "matchType": .init { input in
            let expected = try ConvertVectors.typeCode(input.text("type"))
            return .bool(TypeMatcher.match(expected, try ConvertVectors.typeCode(input.text("code"))))
        },
    ]
}
