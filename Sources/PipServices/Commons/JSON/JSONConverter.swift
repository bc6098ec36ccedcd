/// Converts values to JSON and back (the toolkit's `JsonConverter`): compact, names in order, whole numbers exact,
/// dates as ISO 8601.
public enum JSONConverter {
    /// The JSON text of a dynamic value.
    public static func toJSON(_ value: AnyValue) -> String {
        String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
    }

    /// The JSON text of any encodable value.
    /// - Throws: BadRequest `CANNOT_ENCODE` when the value can't be encoded.
    public static func toJSON(_ value: some Encodable) throws(ApplicationError) -> String {
        toJSON(try AnyValue(encoding: value))
    }

    /// Reads JSON text into a dynamic value.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public static func fromJSON(_ text: String) throws(ApplicationError) -> AnyValue { try JSONParser.parse(text) }

    /// Reads JSON text into a value of a type.
    /// - Throws: BadRequest `BAD_JSON` with line and column, or `INVALID_DATA` naming what does not fit the type.
    public static func fromJSON<Value: Decodable>(_ type: Value.Type, _ text: String) throws(ApplicationError) -> Value
    {
        try JSONParser.parse(text).decode(type)
    }

    /// Reads JSON text and converts it to a kind, by the rules of ``TypeConverter``.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public static func fromJSON(_ type: TypeCode, _ text: String) throws(ApplicationError) -> AnyValue {
        TypeConverter.toType(type, try JSONParser.parse(text))
    }

    /// Reads a JSON object, or an array as a map by index; nil for anything else, malformed text included.
    public static func toNullableMap(_ text: String) -> AnyValueMap? {
        guard let value = try? JSONParser.parse(text) else { return nil }
        return MapConverter.toNullableMap(value)
    }

    /// Reads a JSON object, or an array as a map by index; `default` for anything else, malformed text included.
    public static func toMap(_ text: String, default: AnyValueMap = [:]) -> AnyValueMap {
        toNullableMap(text) ?? `default`
    }
}
