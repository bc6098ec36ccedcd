/// Matches values with types (the toolkit's `TypeMatcher`). All numeric types match each other. A string that can be
/// parsed as a date matches a date.
public enum TypeMatcher {
    /// Returns true if the value has the type. No value matches `.object`; the type name `object` matches everything.
    public static func matchValue(_ expected: TypeCode, _ value: AnyValue) -> Bool {
        if case .string = value, expected == .dateTime { return DateTimeConverter.toNullableDateTime(value) != nil }
        return match(expected, TypeConverter.toTypeCode(value))
    }

    /// Returns true if two types match.
    public static func match(_ expected: TypeCode, _ actual: TypeCode) -> Bool {
        let numbers: Set<TypeCode> = [.integer, .long, .float, .double]
        return numbers.contains(expected) ? numbers.contains(actual) : expected == actual
    }

    /// Returns true if the value has the type with that name, such as `string`, `int`, `date` or `list`
    /// (case-insensitive). An unknown name matches nothing.
    public static func matchValue(_ expected: String, _ value: AnyValue) -> Bool {
        match(expected, TypeConverter.toTypeCode(value)) || isDate(expected) && matchValue(.dateTime, value)
    }

    /// Returns true if a type has that name (the toolkit's `matchTypeByName`; case-insensitive). An unknown name
    /// matches nothing, `object` everything.
    public static func match(_ expected: String, _ actual: TypeCode) -> Bool {
        let name = expected.asciiLowercased
        return switch name {
        case "object": true
        case "int", "integer", "long": actual == .integer || actual == .long
        case "float": [.float, .double, .integer, .long].contains(actual)
        case "double": actual == .double || actual == .float
        case "string": actual == .string
        case "bool", "boolean": actual == .boolean
        case "timespan", "duration": [.integer, .long, .float, .double].contains(actual)
        case "enum": [.integer, .long, .string].contains(actual)
        case "map", "dict", "dictionary": actual == .map
        case "array", "list": actual == .array
        default: isDate(name) ? actual == .dateTime : name.ends(with: "[]") && actual == .array
        }
    }

    // MARK: - Internal

    private static func isDate(_ name: String) -> Bool { ["date", "datetime"].contains(name.asciiLowercased) }
}
