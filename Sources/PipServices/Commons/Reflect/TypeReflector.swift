/// Distinguishes single values from composite ones (part of the toolkit's `TypeReflector`). Swift can't load or create
/// types by name: use a ``Factory`` with descriptors.
public enum TypeReflector {
    /// Returns true for a type of single values: strings, Booleans, numbers, dates, durations, enumerations.
    public static func isPrimitive(_ type: TypeCode) -> Bool {
        switch type {
        case .string, .enum, .boolean, .integer, .long, .float, .double, .dateTime, .duration: true
        case .unknown, .object, .array, .map: false
        }
    }

    /// Returns true for a single value; false for arrays, maps and `.null`.
    public static func isPrimitive(_ value: AnyValue) -> Bool { isPrimitive(TypeConverter.toTypeCode(value)) }
}
