import PipServices

enum ExpressionVectors {
    static let operations: VectorOperation.Table = [
        "evaluate": .init { input in
            let calculator = try ExpressionCalculator(try input.text("expression"))
            let value =
                input.has("variables")
                ? try calculator.evaluate(VariableCollection(try input.map("variables")))
                : try calculator.evaluate()
            return VariantVectors.result(value)
        },
        "variableNames": .init { VectorValue.texts(try ExpressionCalculator($0.text).defaultVariables.names) },
        "postfix": .init { input in
            .array(
                try ExpressionCalculator(input.text).resultTokens.map {
                    [.string("\($0.type)".capitalizedFirst), $0.value.asObject]
                })
        },
    ]
}
