/// Tells values without parts from others (of the toolkit's `TypeReflector`). Swift can't load or create types by their
/// names: a ``Factory`` does that by descriptor.
public enum TypeReflector {
    /// True for a kind of single values: text, truth values, numbers, points in time, time spans, enumerations.
    public static func isPrimitive(_ type: TypeCode) -> Bool {
        switch type {
        case .string, .enum, .boolean, .integer, .long, .float, .double, .dateTime, .duration: true
        case .unknown, .object, .array, .map: false
        }
    }

    /// True for a single value; false for arrays, maps and `.null`.
    public static func isPrimitive(_ value: AnyValue) -> Bool { isPrimitive(TypeConverter.toTypeCode(value)) }
}
