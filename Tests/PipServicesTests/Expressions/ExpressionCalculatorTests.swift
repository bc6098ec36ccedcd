import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

@Suite struct ExpressionCalculatorTests {
    private func error(_ expression: String, _ variables: VariableCollection = [:]) throws -> ApplicationError {
        do throws(ApplicationError) {
            let value = try ExpressionCalculator(expression).evaluate(variables)
            Issue.record("\(expression) gave \(value)")
            throw ApplicationError.unknown(code: "NONE", "No error")
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("1 + 2 * 3 - 4", 3), ("2 ^ 3 ^ 2", 64.0), ("-2 ^ 2", 4), ("2 * 3 ^ 2", 18), ("10 - 4 - 3", 3),
        ("1 + 6 AND 3", 3), ("1 << 2 * 3", 12.0), ("7 / 2", 3.5), ("6 / 2", 3), ("1e2 + 1.5e-1", 100.15),
        ("(1 + 2) * (3 + 4)", 21), ("5 % 3 * 2", 4), ("1 /* a */ + // b\n 2", 3),
    ])
    func operatorsBindAsStronglyAsInTheToolkit(_ expression: String, _ expected: Double) throws {
        let value = try ExpressionCalculator(expression).evaluate()
        let number = DoubleConverter.toDouble(value.asObject)
        #expect(abs(number - expected) < 1e-9, "\(value)")
    }

    @Test(
        arguments: [
            ("1 = 1 AND 2 = 2", true), ("NOT 1 = 2 OR 1 = 2", true), ("1 < 2 AND NOT 2 < 1", true),
            ("n IS NULL", true), ("n IS NOT NULL", false), ("n = NULL", true), ("n <> NULL", false),
            ("3 NOT IN list", true), ("2 in LIST", true), ("'b' > 'a'", true), ("list[1] = 2", true),
            ("'é' = 'e\u{301}'", false), ("1 >= 1 xor 1 != 1", true),
        ] as [(String, Bool)])
    func conditionsHold(_ expression: String, _ expected: Bool) throws {
        let variables: VariableCollection = ["n": nil as Variant, "list": [1, 2]]
        let value = try ExpressionCalculator(expression).evaluate(variables)
        #expect(value == .boolean(expected))
    }

    @Test func aCalculatorIsReadOnceAndEvaluatedOftenOnManyThreads() async throws {
        let calculator = try ExpressionCalculator("If(Amount >= 10, price * amount * 0.5, price * amount)")
        #expect(calculator.defaultVariables.names == ["Amount", "price"])
        let sum = try await withThrowingTaskGroup(of: Double.self) { group in
            for amount in 1...20 {
                group.addTask {
                    try calculator.evaluate(["price": 2.0, "AMOUNT": .integer(Int64(amount))]).asDouble ?? .nan
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 2 * 45 + 165)
    }

    @Test func variablesAndFunctionsOfTheCalculatorAreUsed() throws {
        var calculator = try ExpressionCalculator("Twice(x) + y")
        calculator.defaultVariables["X"] = 4
        calculator.defaultVariables["y"] = 1
        calculator.defaultFunctions.add(
            ExpressionFunction("twice", arguments: 1...1) { arguments, operations throws(ApplicationError) in
                try operations.mul(arguments[0], 2)
            })
        let own = try calculator.evaluate()
        #expect(own == 9)
        let other = FunctionCollection([ExpressionFunction("TWICE") { _, _ throws(ApplicationError) in 100 }])
        let given = try calculator.evaluate(["x": 0, "y": 5], other)
        #expect(given == 105)
        calculator.defaultVariables.clearValues()
        let null = try calculator.evaluate()
        #expect(null.isNull)
    }

    @Test func operationsCanBeTypeSafe() throws {
        let calculator = try ExpressionCalculator("1 + '2'", operations: TypeSafeVariantOperations())
        #expect(throws: ApplicationError.self) { try calculator.evaluate() }
        var unsafe = calculator
        unsafe.variantOperations = TypeUnsafeVariantOperations()
        let value = try unsafe.evaluate()
        #expect(value == 3)
    }

    @Test(
        arguments: [
            ("1 +", "UNEXPECTED_END", 1, 3), ("(1", "UNEXPECTED_END", 1, 2), ("1\n+ @", "UNKNOWN_SYMBOL", 2, 3),
            ("1 2", "ERROR_NEAR", 1, 3), ("Min(1 2)", "MISSED_CLOSE_PARENTHESIS", 1, 7),
            ("a[1 2]", "MISSED_CLOSE_SQUARE_BRACKET", 1, 5), ("* 2", "ERROR_AT", 1, 1),
            ("1 +\n  * 2", "ERROR_AT", 2, 3),
        ] as [(String, String, Int64, Int64)])
    func syntaxErrorsTellWhere(_ expression: String, _ code: String, _ line: Int64, _ column: Int64) throws {
        let error = try error(expression)
        #expect(error.code == code)
        #expect(error.category == .badRequest)
        #expect(error.details["line"] == .integer(line), "\(error.message)")
        #expect(error.details["column"] == .integer(column), "\(error.message)")
        #expect(error.message.hasSuffix("at line \(line) and column \(column)"))
    }

    @Test func errorsOfEvaluationTellWhereAndWhat() throws {
        let variable = try error("1 + pric", ["price": 1])
        #expect(variable.code == "VAR_NOT_FOUND")
        #expect(variable.message == "Variable pric was not found (did you mean 'price'?) at line 1 and column 5")
        let function = try error("Contans(4)")
        #expect(function.code == "FUNC_NOT_FOUND")
        #expect(function.message.contains("did you mean 'Contains'?"))
        let count = try error("1 + Min(1)")
        #expect(count.code == "WRONG_PARAM_COUNT")
        #expect(count.message == "Expected at least 2 parameters but found 1 at line 1 and column 5")
        let operation = try error("TRUE * 2")
        #expect(operation.code == "OP_NOT_SUPPORTED")
        #expect(operation.details["type"] == "Boolean")
        #expect(operation.details["column"] == 6)
        for unsupported in ["", "  ", "a LIKE 'b'", "a NOT LIKE 'b'"] {
            let error = try error(unsupported, ["a": 1])
            #expect(error.code == "INTERNAL")
        }
        let deep = try error(String(repeating: "(", count: 101) + "1" + String(repeating: ")", count: 101))
        #expect(deep.code == SyntaxErrorCode.tooDeep)
        #expect(deep.details["column"] == 101)
    }

    @Test func messagesQuoteNothingOfTheExpression() throws {
        for expression in ["'hunter2' @", "'hunter2' 'hunter2'", "'hunter2' AND 1"] {
            let error = try error(expression)
            #expect(!"\(error)".contains("hunter2") && !error.message.contains("hunter2"))
        }
    }

    @Test func wholeNumbersStayExactAndLeaveTheirRangeAsDoubles() throws {
        let exact = try ExpressionCalculator("9007199254740993 + 0").evaluate()
        #expect(exact == .integer(9_007_199_254_740_993))
        let big = try ExpressionCalculator("9223372036854775807 + 1").evaluate()
        #expect(big == .double(0x1p63))
        let product = try ExpressionCalculator("9223372036854775807 * 3").evaluate()
        #expect(product == .double(0x1p63 * 3))
        let minimum = try ExpressionCalculator("-(-9223372036854775807 - 1)").evaluate()
        #expect(minimum == .double(0x1p63))
        let remainder = try ExpressionCalculator("(-9223372036854775807 - 1) % -1").evaluate()
        #expect(remainder == 0)
        let quotient = try ExpressionCalculator("(-9223372036854775807 - 1) / -1").evaluate()
        #expect(quotient == .double(0x1p63))
    }

    @Test func aLongChainOfTextIsPutTogetherInOneGo() throws {
        let count = 20_000
        let text = Array(repeating: "'ab'", count: count).joined(separator: "+")
        let value = try ExpressionCalculator(text).evaluate()
        #expect(value.asString == String(repeating: "ab", count: count))
        let sum = try ExpressionCalculator("Sum(s, 'b', 3)").evaluate(["s": "a"])
        #expect(sum == "ab3")
    }
}
