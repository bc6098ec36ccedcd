import PipServices

/// An expression, read once, evaluated by this project and by the toolkit's Python edition.
func measureExpressions(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let expression = "(price * amount - discount) * 1.2 + Max(amount, 3.0) / 2.5"
    let values = [("price", 9.5), ("amount", 4.0), ("discount", 1.5)]
    let calculator = try ExpressionCalculator(expression)
    var variables = VariableCollection()
    for (name, value) in values { variables[name] = .double(value) }
    guard let result = try calculator.evaluate(variables).asDouble else {
        throw BenchmarkError("the expression gives no number")
    }

    var ours: [Double] = []
    var python: [Double] = []
    for round in 0..<options.rounds {
        progress("expressions, round \(round + 1) of \(options.rounds)")
        let steps: [() throws -> Void] = [
            { ours.append(try nanosecondsPerCall(options) { try calculator.evaluate(variables).asDouble == result }) },
            {
                let (value, time) = try pythonExpression(expression, values, options, folder)
                guard (value - result).magnitude < 1e-9 else {
                    throw BenchmarkError("the Python edition gives \(value) where this project gives \(result)")
                }
                python.append(time)
            },
        ]
        for step in round.isMultiple(of: 2) ? steps : steps.reversed() { try step() }
    }
    table.add(
        Row(
            name: "expression read once, evaluated, against the Python edition", unit: "per s",
            ours: ours.map { 1e9 / $0 }, baseline: python.map { 1e9 / $0 }, target: .ratioAtLeast(50)))
}

/// How long a call takes in this process. The calls give true as long as they do what they should.
private func nanosecondsPerCall(_ options: Options, _ call: () throws -> Bool) throws -> Double {
    func time(_ count: Int) throws -> Double {
        let start = ContinuousClock.now
        for _ in 0..<count {
            guard try call() else { throw BenchmarkError("the expression gives another value") }
        }
        return milliseconds(.now - start) * 1_000_000 / Double(count)
    }
    let first = try time(1_000)
    return try time(max(1_000, Int(options.expressionSeconds * 1e9 / max(first, 1))))
}

private func pythonExpression(
    _ expression: String, _ values: [(String, Double)], _ options: Options, _ folder: WorkFolder
) throws -> (value: Double, nanoseconds: Double) {
    let arguments = values.map { "\($0.0)=\($0.1)" }
    let process = try ChildProcess(
        "python-expression",
        [options.python, options.expressionPeer, expression, "\(options.expressionSeconds)"] + arguments, in: folder)
    try process.finish()
    let numbers = process.printed.split(whereSeparator: \.isWhitespace).drop { $0 != "RESULT" }.dropFirst()
        .compactMap { Double($0) }
    guard numbers.count == 2 else { throw process.failure("printed no result") }
    return (numbers[0], numbers[1])
}
