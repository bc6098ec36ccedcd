/// Evaluates expressions (the toolkit's `ExpressionCalculator`). The expression is parsed once. A calculator is a value
/// that can be evaluated any number of times, also concurrently.
///
/// ```swift
/// let calculator = try ExpressionCalculator("price * amount * (1 - discount)")
/// let total = try calculator.evaluate(["price": 2.5, "amount": 4, "discount": 0.1])   // 9
/// ```
///
/// The second operand of an operator is converted to the type of the first; see ``VariantOperations``. Names of
/// variables and functions are case-insensitive. Functions are synchronous, and so is evaluation.
public struct ExpressionCalculator: Sendable {
    /// The source of the expression.
    public var expression: String { parser.expression }
    /// The tokens in source order.
    public var initialTokens: [ExpressionToken] { parser.initialTokens }
    /// The tokens in evaluation order.
    public var resultTokens: [ExpressionToken] { parser.resultTokens }

    /// The variables that ``evaluate()`` uses: those of the expression, initially null.
    public var defaultVariables: VariableCollection
    /// The available functions; by default those of the toolkit.
    public var defaultFunctions: FunctionCollection { didSet { functions = program.functions(in: defaultFunctions) } }
    /// The implementation of the operators; ``TypeUnsafeVariantOperations`` by default.
    public var variantOperations: any VariantOperations { didSet { isUsual = Self.isUsual(variantOperations) } }

    /// Parses an expression.
    ///
    /// `Now`, `Ticks`, `Rnd` and `Random` use the system's clock and random numbers; pass
    /// ``FunctionCollection/standard(clock:random:)`` for others. Throws `BadRequest` with a code of
    /// ``SyntaxErrorCode`` and the details `line` and `column`.
    public init(
        _ expression: String, functions: FunctionCollection = .standard,
        operations: any VariantOperations = TypeUnsafeVariantOperations()
    ) throws(ApplicationError) {
        parser = try ExpressionParser(expression)
        program = CalculationProgram(parser)
        defaultVariables = VariableCollection()
        defaultFunctions = functions
        variantOperations = operations
        isUsual = Self.isUsual(operations)
        self.functions = program.functions(in: functions)
        createVariables(in: &defaultVariables)
    }

    /// Adds the missing variables of the expression to a collection, as null.
    public func createVariables(in variables: inout VariableCollection) {
        for name in parser.variableNames where variables[name] == nil { variables[name] = .null }
    }

    /// Evaluates with ``defaultVariables`` and ``defaultFunctions``. Throws as ``evaluate(_:)`` does.
    public func evaluate() throws(ApplicationError) -> Variant { try evaluate(defaultVariables) }

    /// Evaluates with variables and ``defaultFunctions``.
    ///
    /// Throws `BadRequest` with `VAR_NOT_FOUND`, `FUNC_NOT_FOUND`, `WRONG_PARAM_COUNT`, `INTERNAL` for an empty
    /// expression, or a code of ``VariantOperations``, and the errors of functions. The details `line` and `column`
    /// contain the position.
    public func evaluate(_ variables: VariableCollection) throws(ApplicationError) -> Variant {
        try run(variables, functions)
    }

    /// Evaluates with variables and functions. Throws as ``evaluate(_:)`` does.
    public func evaluate(
        _ variables: VariableCollection, _ functions: FunctionCollection
    ) throws(ApplicationError) -> Variant {
        try run(variables, program.functions(in: functions))
    }

    // MARK: - Internal

    private let parser: ExpressionParser
    private let program: CalculationProgram
    /// The functions that the program calls, looked up once.
    private var functions: CalculationProgram.Functions
    /// True if the operations are the default ones, for which the fast path is valid.
    private var isUsual: Bool

    private static func isUsual(_ operations: any VariantOperations) -> Bool {
        operations is TypeUnsafeVariantOperations
    }

    private func run(
        _ variables: VariableCollection, _ functions: CalculationProgram.Functions
    ) throws(ApplicationError) -> Variant {
        try isUsual
            ? program.run(variables, functions, TypeUnsafeVariantOperations())
            : program.run(variables, functions, variantOperations)
    }
}
