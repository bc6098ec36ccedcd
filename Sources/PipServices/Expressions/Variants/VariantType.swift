/// The types of values in expressions (the toolkit's `VariantType`).
public enum VariantType: Int, Sendable, CaseIterable {
    /// No value.
    case null
    /// An integer.
    case integer
    /// An integer. Shift operators use all 64 bits.
    case long
    /// A floating-point number with double precision, as in most editions.
    case float
    /// A floating-point number.
    case double
    /// A string.
    case string
    /// True or false.
    case boolean
    /// A date.
    case dateTime
    /// A duration.
    case timeSpan
    /// Any other value, such as a map.
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
