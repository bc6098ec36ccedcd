/// The kinds of values that schemas and converters speak of (the toolkit's `TypeCode`).
public enum TypeCode: Int, Sendable, CaseIterable {
    /// No value, or any kind.
    case unknown
    /// Text.
    case string
    /// A truth value.
    case boolean
    /// A whole number.
    case integer
    /// A 64-bit whole number.
    case long
    /// A single-precision number.
    case float
    /// A number.
    case double
    /// A point in time.
    case dateTime
    /// A time span.
    case duration
    /// Any object.
    case object
    /// A value of an enumeration.
    case `enum`
    /// A list.
    case array
    /// Values by name.
    case map
}

extension TypeCode: CustomStringConvertible {
    /// The name in lower case, as messages and OpenAPI texts use it.
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
