/// Determines the type of a dynamic value, and converts to a type that is known only at run time (the toolkit's
/// `TypeConverter`).
public enum TypeConverter {
    /// Returns the type of a value: `long` for integers, `double` for other numbers, `unknown` for no value.
    public static func toTypeCode(_ value: AnyValue) -> TypeCode {
        switch value {
        case .null: .unknown
        case .bool: .boolean
        case .integer: .long
        case .double(let value): value == value.rounded() ? .long : .double
        case .decimal(let value): value.isWhole ? .long : .double
        case .string: .string
        case .date: .dateTime
        case .array: .array
        case .map: .map
        }
    }

    /// Converts a value to a type; nil if it can't be converted. The types `unknown`, `object`, `enum` and `duration`
    /// leave it unchanged.
    public static func toNullableType(_ type: TypeCode, _ value: AnyValue) -> AnyValue? {
        switch type {
        case _ where value.isNull: .none
        case .string: StringConverter.toNullableString(value).map(AnyValue.string)
        case .boolean: BooleanConverter.toNullableBoolean(value).map(AnyValue.bool)
        case .integer, .long: LongConverter.toNullableLong(value).map(AnyValue.integer)
        case .float, .double: DoubleConverter.toNullableDouble(value).map(AnyValue.double)
        case .dateTime: DateTimeConverter.toNullableDateTime(value).map(AnyValue.date)
        case .array: ArrayConverter.toNullableArray(value).map(AnyValue.array)
        case .map: MapConverter.toNullableMap(value).map(AnyValue.map)
        case .unknown, .object, .enum, .duration: value
        }
    }

    /// Converts a value to a type. If it can't be converted, returns the empty value of the type: an empty string,
    /// false, 0, an empty list or map; `.null` for other types, including dates.
    public static func toType(_ type: TypeCode, _ value: AnyValue) -> AnyValue {
        if let converted = toNullableType(type, value) { return converted }
        return switch type {
        case .string: ""
        case .boolean: false
        case .integer, .long: 0
        case .float, .double: .double(0)
        case .array: []
        case .map: [:]
        case .unknown, .object, .enum, .duration, .dateTime: .null
        }
    }

    /// Converts a value to a type. If it can't be converted, returns `default` unchanged.
    public static func toType(_ type: TypeCode, _ value: AnyValue, default: AnyValue) -> AnyValue {
        toNullableType(type, value) ?? `default`
    }

    /// Returns the name of a type, in lower case.
    public static func toString(_ type: TypeCode) -> String { type.description }
}
