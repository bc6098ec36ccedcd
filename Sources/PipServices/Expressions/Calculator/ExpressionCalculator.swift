/// Evaluates expressions (the toolkit's `ExpressionCalculator`). The text is read once; a calculator is a value that
/// evaluates any number of times, also on many threads at once.
///
/// ```swift
/// let calculator = try ExpressionCalculator("price * amount * (1 - discount)")
/// let total = try calculator.evaluate(["price": 2.5, "amount": 4, "discount": 0.1])   // 9
/// ```
///
/// The second operand of an operator is converted to the type of the first; see ``VariantOperations``. Names of
/// variables and functions are the same in any case. Functions do not wait for anything, so neither does evaluating.
public struct ExpressionCalculator: Sendable {
    /// The text of the expression.
    public var expression: String { parser.expression }
    /// The parts as they stand in the text.
    public var initialTokens: [ExpressionToken] { parser.initialTokens }
    /// The parts in the order in which they are evaluated.
    public var resultTokens: [ExpressionToken] { parser.resultTokens }

    /// The variables that ``evaluate()`` takes: those of the expression, null at first.
    public var defaultVariables: VariableCollection
    /// The functions that are called, the toolkit's by default.
    public var defaultFunctions: FunctionCollection { didSet { functions = program.functions(in: defaultFunctions) } }
    /// What operators do, ``TypeUnsafeVariantOperations`` by default.
    public var variantOperations: any VariantOperations { didSet { isUsual = Self.isUsual(variantOperations) } }

    /// Reads an expression.
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

    /// Adds the variables of the expression that a collection does not have yet, as null.
    public func createVariables(in variables: inout VariableCollection) {
        for name in parser.variableNames where variables[name] == nil { variables[name] = .null }
    }

    /// Evaluates with ``defaultVariables`` and ``defaultFunctions``. Throws as ``evaluate(_:)`` does.
    public func evaluate() throws(ApplicationError) -> Variant { try evaluate(defaultVariables) }

    /// Evaluates with variables, and the functions of ``defaultFunctions``.
    ///
    /// Throws `BadRequest` with `VAR_NOT_FOUND`, `FUNC_NOT_FOUND`, `WRONG_PARAM_COUNT`, `INTERNAL` for an empty
    /// expression, a code of ``VariantOperations``, and what functions throw; the details `line` and `column` tell
    /// where.
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
    /// The functions that the program calls, found once.
    private var functions: CalculationProgram.Functions
    /// Whether the operations are those that the compiler knows, and then works on without detours.
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
