/// A compiled expression: instructions for a stack machine, with names resolved to indices.
struct CalculationProgram: Sendable {
    private enum Step: Sendable {
        case constant(Variant)
        case variable(Int)
        case call(Int, count: Int)
        case binary(ExpressionTokenType)
        case unary(ExpressionTokenType)
        case unsupported
    }

    /// A name in its original spelling and in its look-up form.
    private struct Name: Sendable {
        let text: String
        let key: ScalarText
    }

    private var steps: [Step] = []
    private var places: [ExpressionPlace] = []
    private var variables: [Name] = []
    private var functions: [Name] = []
    /// The maximum size of the stack.
    private var height = 0

    init(_ parser: ExpressionParser) {
        var variableNumbers: [ScalarText: Int] = [:]
        var functionNumbers: [ScalarText: Int] = [:]
        var level = 0
        for token in parser.resultTokens {
            let name = token.value.asString ?? ""
            switch token.type {
            case .constant:
                steps.append(.constant(token.value))
                level += 1
            case .variable:
                steps.append(.variable(Self.number(name, in: &variables, &variableNumbers)))
                level += 1
            case .function:
                // The parser puts the number of arguments right before the name.
                guard case .constant(.integer(let count))? = steps.popLast() else { continue }
                places.removeLast()
                steps.append(.call(Self.number(name, in: &functions, &functionNumbers), count: Int(count)))
                level -= Int(count)
            case .not, .unary, .isNull, .isNotNull: steps.append(.unary(token.type))
            case .like, .notLike: steps.append(.unsupported)
            default:
                steps.append(.binary(token.type))
                level -= 1
            }
            places.append(token.place)
            height = max(height, level)
        }
    }

    /// The functions of a program, looked up once for all runs.
    struct Functions: Sendable {
        let collection: FunctionCollection
        /// By index; nil for functions that the collection does not contain.
        fileprivate let found: [ExpressionFunction?]
    }

    func functions(in collection: FunctionCollection) -> Functions {
        Functions(collection: collection, found: functions.map { collection.function(key: $0.key) })
    }

    func run(
        _ variables: VariableCollection, _ functions: Functions, _ operations: some VariantOperations
    ) throws(ApplicationError) -> Variant {
        var stack: [Variant] = []
        stack.reserveCapacity(height)
        var index = 0
        do throws(ApplicationError) {
            while index < steps.count {
                try take(steps[index], &stack, variables, functions, operations)
                index += 1
            }
        } catch {
            throw places[index].placing(error)
        }
        guard stack.count == 1, let result = stack.popLast() else { throw Self.internalError }
        return result
    }

    // MARK: - Running

    private static func number(_ name: String, in names: inout [Name], _ numbers: inout [ScalarText: Int]) -> Int {
        let key = ScalarText(folding: name)
        if let number = numbers[key] { return number }
        names.append(Name(text: name, key: key))
        numbers[key] = names.count - 1
        return names.count - 1
    }

    @inline(__always)
    private func take(
        _ step: Step, _ stack: inout [Variant], _ variables: VariableCollection, _ functions: Functions,
        _ operations: some VariantOperations
    ) throws(ApplicationError) {
        switch step {
        case .constant(let value): stack.append(value)
        case .variable(let number):
            guard let value = variables.value(key: self.variables[number].key) else {
                throw Self.missing("VAR_NOT_FOUND", "Variable", self.variables[number].text, among: variables.names)
            }
            stack.append(value)
        case .call(let number, let count):
            guard let function = functions.found[number] else {
                throw Self.missing(
                    "FUNC_NOT_FOUND", "Function", self.functions[number].text,
                    among: functions.collection.functions.map(\.name))
            }
            guard stack.count >= count else { throw Self.internalError }
            let result = try function.call(stack[(stack.count - count)...], operations)
            stack.removeLast(count)
            stack.append(result)
        case .unary(let type):
            guard let value = stack.popLast() else { throw Self.internalError }
            stack.append(try Self.unary(type, value, operations))
        case .binary(let type):
            guard let right = stack.popLast(), let top = stack.indices.last else { throw Self.internalError }
            if let result = Self.numbers(type, stack[top], right, operations) {
                stack[top] = result
            } else if type == .plus {
                try operations.add(to: &stack[top], right)
            } else {
                stack[top] = try Self.binary(type, stack[top], right, operations)
            }
        case .unsupported: throw Self.internalError
        }
    }

    /// The fast path: a `double` and another number. Nil for anything else.
    @inline(__always)
    private static func numbers<Operations: VariantOperations>(
        _ type: ExpressionTokenType, _ left: Variant, _ right: Variant, _: Operations
    ) -> Variant? {
        guard case .double(let left) = left else { return Variant?.none }
        let number: Double
        switch right {
        case .double(let value): number = value
        // Others may convert as they like.
        case .float(let value) where Operations.self == TypeUnsafeVariantOperations.self: number = value
        default: return Variant?.none
        }
        let right = number
        switch type {
        case .plus: return .double(left + right)
        case .minus: return .double(left - right)
        case .star: return .double(left * right)
        case .slash: return .double(left / right)
        case .more: return .boolean(left > right)
        case .less: return .boolean(left < right)
        default: return Variant?.none
        }
    }

    private static func unary(
        _ type: ExpressionTokenType, _ value: Variant, _ operations: some VariantOperations
    ) throws(ApplicationError) -> Variant {
        switch type {
        case .not: try operations.not(value)
        case .unary: try operations.negative(value)
        case .isNull: .boolean(value.isNull)
        case .isNotNull: .boolean(!value.isNull)
        default: throw internalError
        }
    }

    private static func binary(
        _ type: ExpressionTokenType, _ left: Variant, _ right: Variant, _ operations: some VariantOperations
    ) throws(ApplicationError) -> Variant {
        switch type {
        case .minus: try operations.sub(left, right)
        case .star: try operations.mul(left, right)
        case .slash: try operations.div(left, right)
        case .procent: try operations.mod(left, right)
        case .power: try operations.pow(left, right)
        case .equal: try operations.equal(left, right)
        case .notEqual: try operations.notEqual(left, right)
        case .more: try operations.more(left, right)
        case .less: try operations.less(left, right)
        case .equalMore: try operations.moreEqual(left, right)
        case .equalLess: try operations.lessEqual(left, right)
        case .shiftLeft: try operations.lsh(left, right)
        case .shiftRight: try operations.rsh(left, right)
        case .and: try operations.and(left, right)
        case .or: try operations.or(left, right)
        case .xor: try operations.xor(left, right)
        case .in: try operations.in(right, left)
        case .notIn: .boolean(try operations.in(right, left).asBoolean != true)
        case .element: try operations.getElement(left, right)
        default: throw internalError
        }
    }

    private static func missing(
        _ code: String, _ kind: String, _ name: String, among names: [String]
    ) -> ApplicationError {
        // Truncated: a name can be as long as the expression.
        let name = String(name.prefix(100))
        let hint = NearestName.find(name, among: names).map { " (did you mean '\($0)'?)" } ?? ""
        return .badRequest(
            code: code, "\(kind) \(name) was not found\(hint)",
            details: ["name": .string(name)])
    }

    private static var internalError: ApplicationError {
        .badRequest(code: SyntaxErrorCode.internal, "The expression can't be evaluated")
    }
}
