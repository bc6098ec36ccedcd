import FoundationEssentials
import PipServices

enum VariantVectors {
    static let operations: VectorOperation.Table = [
        "op": .init { input in
            let operations = TypeUnsafeVariantOperations()
            let name = try input.text("op")
            guard let operation = Self.binary[name] else { throw VectorInput.Unclear(what: name) }
            return result(try operation(operations, try variant(input["a"]), try variant(input["b"])))
        },
        "unary": .init { input in
            let operations = TypeUnsafeVariantOperations()
            let value = try variant(input["a"])
            switch try input.text("op") {
            case "not": return result(try operations.not(value))
            case "negative": return result(try operations.negative(value))
            default: throw VectorInput.Unclear(what: "op")
            }
        },
        "convert": .init { input in
            let isSafe = try input.text("mode") == "safe"
            let operations: any VariantOperations =
                isSafe ? TypeSafeVariantOperations() : TypeUnsafeVariantOperations()
            let value = try operations.convert(try variant(input["value"]), to: try type(input["to"]))
            return ["type": .string("\(value.type)"), "value": value.asObject]
        },
        "typeOf": .init { .string("\(Variant($0.value).type)") },
        "equals": .init { .bool(try variant($0["a"]) == variant($0["b"])) },
        "toText": .init { .string(try variant($0.value).description) },
        "isNullEmpty": .init {
            let value = try variant($0.value)
            return ["isNull": .bool(value.isNull), "isEmpty": .bool(value.isEmpty)]
        },
    ]

    /// A result with its kind, as vectors of variants and of expressions write it.
    static func result(_ value: Variant) -> AnyValue {
        let kind =
            switch value.type {
            case .null: "null"
            case .integer, .long, .float, .double: "number"
            case .string: "text"
            case .boolean: "boolean"
            case .dateTime: "date"
            case .timeSpan: "timespan"
            case .object: "object"
            case .array: "array"
            }
        return ["value": value.asObject, "kind": .string(kind)]
    }

    // MARK: - Input

    private typealias Binary = @Sendable (TypeUnsafeVariantOperations, Variant, Variant) throws -> Variant

    private static let binary: [String: Binary] = [
        "+": { try $0.add($1, $2) }, "-": { try $0.sub($1, $2) }, "*": { try $0.mul($1, $2) },
        "/": { try $0.div($1, $2) }, "%": { try $0.mod($1, $2) }, "^": { try $0.pow($1, $2) },
        "and": { try $0.and($1, $2) }, "or": { try $0.or($1, $2) }, "xor": { try $0.xor($1, $2) },
        "<<": { try $0.lsh($1, $2) }, ">>": { try $0.rsh($1, $2) },
        "=": { try $0.equal($1, $2) }, "<>": { try $0.notEqual($1, $2) },
        ">": { try $0.more($1, $2) }, "<": { try $0.less($1, $2) },
        ">=": { try $0.moreEqual($1, $2) }, "<=": { try $0.lessEqual($1, $2) },
        "in": { try $0.in($1, $2) }, "element": { try $0.getElement($1, $2) },
    ]

    private static func type(_ value: AnyValue) throws -> VariantType {
        let name = try VectorInput.text(value)
        guard let type = VariantType.allCases.first(where: { "\($0)" == name }) else {
            throw VectorInput.Unclear(what: name)
        }
        return type
    }

    private static func variant(_ value: AnyValue) throws -> Variant {
        guard let pair = value.array, pair.count == 2 else { throw VectorInput.Unclear(what: "\(value)") }
        let type = try type(pair[0])
        switch (type, pair[1]) {
        case (.null, .null): return .null
        case (_, .null): return .empty(type)
        case (.integer, .integer(let number)): return .integer(number)
        case (.long, .integer(let number)): return .long(number)
        case (.timeSpan, .integer(let number)): return .timeSpan(number)
        case (.float, let number): return .float(DoubleConverter.toDouble(number))
        case (.double, let number): return .double(DoubleConverter.toDouble(number))
        case (.string, .string(let text)): return .string(text)
        case (.boolean, .bool(let value)): return .boolean(value)
        case (.dateTime, .date(let date)): return .dateTime(date)
        case (.array, .array(let values)): return .array(try values.map { try variant($0) })
        case (.object, let value): return .object(value)
        default: throw VectorInput.Unclear(what: "\(value)")
        }
    }
}
