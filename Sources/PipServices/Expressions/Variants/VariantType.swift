/// The kinds of values that expressions work with (the toolkit's `VariantType`).
public enum VariantType: Int, Sendable, CaseIterable {
    /// No value.
    case null
    /// A whole number.
    case integer
    /// A whole number; shifts treat it as one of 64 bits.
    case long
    /// A number. It has the precision of a double, as in most editions.
    case float
    /// A number.
    case double
    /// Text.
    case string
    /// True or false.
    case boolean
    /// A point in time.
    case dateTime
    /// A span of time.
    case timeSpan
    /// Anything else, such as a map.
    case object
    /// A list of variants.
    case array
}

extension VariantType: CustomStringConvertible {
    /// The toolkit's name, such as `DateTime`.
    public var description: String {
        switch self {
        case .null: "Null"
        case .integer: "Integer"
        case .long: "Long"
        case .float: "Float"
        case .double: "Double"
        case .string: "String"
        case .boolean: "Boolean"
        case .dateTime: "DateTime"
        case .timeSpan: "TimeSpan"
        case .object: "Object"
        case .array: "Array"
        }
    }
}
