/// Tells the kind of a dynamic value (the toolkit's `TypeConverter`).
public enum TypeConverter {
    /// The kind of a value: whole numbers are `long`, other numbers `double`, no value `unknown`.
    public static func toTypeCode(_ value: AnyValue) -> TypeCode {
        switch value {
        case .null: .unknown
        case .bool: .boolean
        case .integer: .long
        case .double(let value): value == value.rounded() ? .long : .double
        case .string: .string
        case .date: .dateTime
        case .array: .array
        case .map: .map
        }
    }

    /// The name of a kind, in lower case.
    public static func toString(_ type: TypeCode) -> String { type.description }
}
