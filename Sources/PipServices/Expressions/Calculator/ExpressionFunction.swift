/// A function that expressions can call (the toolkit's `IFunction` and `DelegatedFunction`).
///
/// ```swift
/// let double = ExpressionFunction("Double") { arguments, operations throws(ApplicationError) in
///     try operations.mul(arguments[0], 2)
/// }
/// ```
public struct ExpressionFunction: Sendable {
    /// The implementation of a function. It receives the arguments and the calculator's operations.
    public typealias Body =
        @Sendable (_ arguments: [Variant], _ operations: any VariantOperations) throws(ApplicationError) -> Variant

    /// The name (case-insensitive).
    public let name: String

    /// Creates a function with a range of argument counts, any number by default. A call with another number fails with
    /// `WRONG_PARAM_COUNT`.
    public init(_ name: String, arguments: ClosedRange<Int> = 0...Int.max, _ body: @escaping Body) {
        self.init(name, arguments) { values, operations throws(ApplicationError) in try body(Array(values), operations)
        }
    }

    /// Calls the function. Throws `BadRequest` with `WRONG_PARAM_COUNT`, and errors of the function.
    public func calculate(
        _ arguments: [Variant], _ operations: any VariantOperations = TypeUnsafeVariantOperations()
    ) throws(ApplicationError) -> Variant {
        try call(arguments[...], operations)
    }

    // MARK: - Internal

    /// Receives the arguments as a slice of the stack, so that a call copies nothing.
    typealias Native = @Sendable (ArraySlice<Variant>, any VariantOperations) throws(ApplicationError) -> Variant

    private let count: ClosedRange<Int>
    private let native: Native

    init(_ name: String, _ count: ClosedRange<Int>, native: @escaping Native) {
        self.name = name
        self.count = count
        self.native = native
    }

    func call(
        _ arguments: ArraySlice<Variant>, _ operations: any VariantOperations
    ) throws(ApplicationError) -> Variant {
        guard count.contains(arguments.count) else {
            let expected =
                count.count == 1
                ? "\(count.lowerBound)"
                : count.upperBound == .max
                    ? "at least \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            throw Self.wrongCount(expected, arguments.count)
        }
        return try native(arguments, operations)
    }

    static func wrongCount(_ expected: String, _ found: Int) -> ApplicationError {
        .badRequest(code: "WRONG_PARAM_COUNT", "Expected \(expected) parameters but found \(found)")
    }
}
