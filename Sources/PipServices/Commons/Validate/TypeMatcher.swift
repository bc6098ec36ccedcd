/// Tells whether a value is of a kind (the toolkit's `TypeMatcher`). Numbers of all kinds stand for each other; text
/// that reads as a date counts as a date.
public enum TypeMatcher {
    /// True when the value is of the kind. No value is of kind `.object`: what accepts anything is the name `object`.
    public static func matchValue(_ expected: TypeCode, _ value: AnyValue) -> Bool {
        if case .string = value, expected == .dateTime { return DateTimeConverter.toNullableDateTime(value) != nil }
        return match(expected, TypeConverter.toTypeCode(value))
    }

    /// True when one kind is as good as the other.
    public static func match(_ expected: TypeCode, _ actual: TypeCode) -> Bool {
        let numbers: Set<TypeCode> = [.integer, .long, .float, .double]
        return numbers.contains(expected) ? numbers.contains(actual) : expected == actual
    }

    /// True when the value is of the kind with that name, such as `string`, `int`, `date` or `list`; case does not
    /// count. An unknown name matches nothing.
    public static func matchValue(_ expected: String, _ value: AnyValue) -> Bool {
        let code = TypeConverter.toTypeCode(value)
        switch expected.lowercased() {
        case "object": return true
        case "int", "integer", "long": return code == .long
        case "float": return code == .double || code == .long
        case "double": return code == .double
        case "string": return code == .string
        case "bool", "boolean": return code == .boolean
        case "date", "datetime": return matchValue(.dateTime, value)
        case "timespan", "duration": return code == .double || code == .long
        case "enum": return code == .long || code == .string
        case "map", "dict", "dictionary": return code == .map
        case "array", "list": return code == .array
        default: return expected.hasSuffix("[]") && code == .array
        }
    }
}
