/// Converts values to JSON and back (the toolkit's `JsonConverter`). The JSON is compact; names keep their order,
/// integers are exact, and dates are ISO 8601.
public enum JSONConverter {
    /// Returns a dynamic value as JSON.
    public static func toJSON(_ value: AnyValue) -> String {
        String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
    }

    /// Returns an encodable value as JSON.
    /// - Throws: BadRequest `CANNOT_ENCODE` if the value can't be encoded.
    public static func toJSON(_ value: some Encodable) throws(ApplicationError) -> String {
        toJSON(try AnyValue(encoding: value))
    }

    /// Parses JSON into a dynamic value.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public static func fromJSON(_ text: String) throws(ApplicationError) -> AnyValue { try JSONParser.parse(text) }

    /// Parses JSON into a value of a type.
    /// - Throws: BadRequest `BAD_JSON` with line and column, or `INVALID_DATA` with the value that does not match the
    ///   type.
    public static func fromJSON<Value: Decodable>(_ type: Value.Type, _ text: String) throws(ApplicationError) -> Value
    {
        try JSONParser.parse(text).decode(type)
    }

    /// Parses JSON and converts it to a type, by the rules of ``TypeConverter``.
    /// - Throws: BadRequest `BAD_JSON` with line and column.
    public static func fromJSON(_ type: TypeCode, _ text: String) throws(ApplicationError) -> AnyValue {
        TypeConverter.toType(type, try JSONParser.parse(text))
    }

    /// Parses a JSON object, or an array as a map by index; nil for anything else, including malformed JSON.
    public static func toNullableMap(_ text: String) -> AnyValueMap? {
        guard let value = try? JSONParser.parse(text) else { return nil }
        return MapConverter.toNullableMap(value)
    }

    /// Parses a JSON object, or an array as a map by index; `default` for anything else, including malformed JSON.
    public static func toMap(_ text: String, default: AnyValueMap = [:]) -> AnyValueMap {
        toNullableMap(text) ?? `default`
    }
}
