import PipServices

extension VectorDecision {
    static let expressions = [
        VectorDecision(
            area: "expressions", ops: ["evaluate"],
            reason: "^ raises to a power, where Node multiplies and Python fails",
            applies: { $0["expression"].string?.contains("^") ?? false },
            isOurs: { input, got in
                // From left to right, as the operators of all levels go.
                input["expression"] != "2 ^ 3 ^ 2" || VectorMatcher.matches(["value": 64, "kind": "number"], got)
            }),
        VectorDecision(
            area: "variants", ops: ["op"],
            reason: "^ raises to a power, where Node multiplies and Python fails",
            applies: { $0["op"] == "^" },
            isOurs: { input, got in
                guard let left = number(input["a"]), let right = number(input["b"]), right >= 0,
                    right == right.rounded()
                else { return false }
                let power = (0..<Int(right)).reduce(1.0) { product, _ in product * left }
                return VectorMatcher.matches(["value": .double(power), "kind": "number"], got)
            }),
    ]

    private static func number(_ variant: AnyValue) -> Double? {
        variant[1].flatMap { DoubleConverter.toNullableDouble($0) }
    }
}
