import FoundationEssentials
import PipServices

/// Encoded values, as the vectors' README defines them.
enum VectorValue {
    /// The value that a JSON value of a vector stands for. Encoded values that have no dynamic form stay as they are.
    static func decode(_ value: AnyValue) -> AnyValue {
        switch value {
        case .array(let values): return .array(values.map(decode))
        case .map(let map):
            if map.count == 1, let text = map["$date"]?.string {
                return DateTimeConverter.toNullableDateTime(.string(text)).map(AnyValue.date) ?? value
            }
            if map.count == 1, let text = map["$number"]?.string {
                return Double(text).map(AnyValue.double) ?? value
            }
            return .map(AnyValueMap(map.map { ($0.key, decode($0.value)) }))
        default: return value
        }
    }

    /// An error as vectors write it; all three fields are null for an error of any other kind.
    static func error(_ error: any Error) -> AnyValue {
        guard let error = error as? ApplicationError else {
            return ["$error": ["category": nil, "code": nil, "status": nil, "text": .string("\(error)")]]
        }
        return [
            "$error": [
                "category": .string(error.category.rawValue), "code": .string(error.code),
                "status": .integer(Int64(error.status)), "text": .string(error.message),
            ]
        ]
    }

    /// A number of single precision by its decimal text, so that 1.6 is 1.6.
    static func float(_ value: Float?) -> AnyValue {
        value.flatMap { Double("\($0)") }.map(AnyValue.double) ?? .null
    }

    static func text(_ value: String?) -> AnyValue { value.map(AnyValue.string) ?? .null }
    static func bool(_ value: Bool?) -> AnyValue { value.map(AnyValue.bool) ?? .null }
    static func integer(_ value: (some BinaryInteger)?) -> AnyValue { value.map { .integer(Int64($0)) } ?? .null }
    static func double(_ value: Double?) -> AnyValue { value.map(AnyValue.double) ?? .null }
    static func date(_ value: Date?) -> AnyValue { value.map(AnyValue.date) ?? .null }
    static func map(_ value: AnyValueMap?) -> AnyValue { value.map(AnyValue.map) ?? .null }
    static func array(_ value: [AnyValue]?) -> AnyValue { value.map(AnyValue.array) ?? .null }
    static func texts(_ values: some Sequence<String>) -> AnyValue { .array(values.map(AnyValue.string)) }
    static func strings(_ values: some Sequence<(key: String, value: String?)>) -> AnyValue {
        .map(AnyValueMap(values.map { ($0.key, text($0.value)) }))
    }
}
