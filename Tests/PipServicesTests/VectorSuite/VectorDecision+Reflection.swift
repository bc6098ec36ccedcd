import PipServices

extension VectorDecision {
    static let reflection = [
        VectorDecision(
            area: "values", ops: ["anyValueGet", "arrayGet", "mapGet", "stringMapGet"],
            reason: "a number beyond the dates that all editions can hold is no date, where they fail",
            applies: { input in
                let value = input["value"].isNull ? input["values"][input["index"].getAsInteger()] : input["value"]
                return value.map { $0.getAsDouble().magnitude > 8.64e15 } ?? false
                    && input["getter"].string?.hasSuffix("DateTime") ?? false
            },
            isOurs: { input, got in got == input["default"] }),
        VectorDecision(
            area: "convert", ops: ["toNullableDateTime", "toDateTimeWithDefault"],
            reason: "a number beyond the dates that all editions can hold is no date, where they fail",
            applies: { ($0.value.map == nil ? $0.value : $0["value"]).getAsDouble().magnitude > 8.64e15 },
            isOurs: { input, got in got == input["default"] }),
        singlePrecision("values", ["anyValueGet", "arrayGet", "mapGet", "stringMapGet"]) { input in
            guard input["getter"].string?.hasSuffix("Float") ?? false else { return nil }
            if input.has("value") { return input["value"] }
            return input.has("map")
                ? input["map"][input["key"].getAsString()]
                : input["values"][input["index"].getAsInteger()]
        },
        singlePrecision("convert", ["toNullableFloat", "toFloat", "toFloatWithDefault"]) { input in
            input.value.map == nil ? input.value : input["value"]
        },
    ]

    private static func singlePrecision(
        _ area: String, _ ops: [String], _ value: @escaping @Sendable (VectorInput) -> AnyValue?
    ) -> VectorDecision {
        VectorDecision(
            area: area, ops: ops, reason: "Float has single precision",
            applies: { value($0)?.getAsNullableDouble() != nil },
            isOurs: { input, got in
                guard let exact = value(input)?.getAsNullableDouble() else { return false }
                return abs(got.getAsDouble() - exact) <= abs(exact) * 1e-6
            })
    }
}
