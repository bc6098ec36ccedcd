/// The types of values that schemas and converters distinguish (the toolkit's `TypeCode`).
public enum TypeCode: Int, Sendable, CaseIterable {
    /// No value, or any type.
    case unknown
    /// A string.
    case string
    /// A Boolean.
    case boolean
    /// An integer.
    case integer
    /// A 64-bit integer.
    case long
    /// A single-precision number.
    case float
    /// A double-precision number.
    case double
    /// A date and time.
    case dateTime
    /// A duration.
    case duration
    /// Any object.
    case object
    /// A value of an enumeration.
    case `enum`
    /// A list.
    case array
    /// A map from names to values.
    case map
}

extension TypeCode: CustomStringConvertible {
    /// The name in lower case, as in messages and OpenAPI documents.
    public var description: String {
        switch self {
        case .unknown: "unknown"
        case .string: "string"
        case .boolean: "boolean"
        case .integer: "integer"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .dateTime: "datetime"
        case .duration: "duration"
        case .object: "object"
        case .enum: "enum"
        case .array: "array"
        case .map: "map"
        }
    }
}
