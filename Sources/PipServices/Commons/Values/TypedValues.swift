import FoundationEssentials

/// A container with typed getters: the toolkit's family of `getAs...` methods.
///
/// `getAsNullableX` returns nil if the value is missing or can't be converted; `getAsX` returns a default instead.
/// Values are converted by the rules of the converters, such as ``LongConverter``.
public protocol TypedValues {
    /// The key of a value: a name or an index.
    associatedtype Key
    /// Returns the unconverted value, or nil.
    func value(for key: Key) -> AnyValue?
}

extension TypedValues {
    /// Returns the unconverted value; `.null` if it is missing (the toolkit's `getAsObject` and `getAsValue`).
    public func getAsObject(_ key: Key) -> AnyValue { value(for: key) ?? .null }

    /// Returns the value as a string, or nil.
    public func getAsNullableString(_ key: Key) -> String? { getAsObject(key).getAsNullableString() }
    /// Returns the value as a string; `default` if it is missing.
    public func getAsString(_ key: Key, default: String = "") -> String { getAsNullableString(key) ?? `default` }

    /// Returns the value as a Boolean, or nil.
    public func getAsNullableBoolean(_ key: Key) -> Bool? { getAsObject(key).getAsNullableBoolean() }
    /// Returns the value as a Boolean; `default` if it is missing or can't be converted.
    public func getAsBoolean(_ key: Key, default: Bool = false) -> Bool { getAsNullableBoolean(key) ?? `default` }

    /// Returns the value as an integer, or nil.
    public func getAsNullableInteger(_ key: Key) -> Int? { getAsObject(key).getAsNullableInteger() }
    /// Returns the value as an integer; `default` if it is missing or can't be converted.
    public func getAsInteger(_ key: Key, default: Int = 0) -> Int { getAsNullableInteger(key) ?? `default` }

    /// Returns the value as a 64-bit integer, or nil.
    public func getAsNullableLong(_ key: Key) -> Int64? { getAsObject(key).getAsNullableLong() }
    /// Returns the value as a 64-bit integer; `default` if it is missing or can't be converted.
    public func getAsLong(_ key: Key, default: Int64 = 0) -> Int64 { getAsNullableLong(key) ?? `default` }

    /// Returns the value as a single-precision number, or nil.
    public func getAsNullableFloat(_ key: Key) -> Float? { getAsObject(key).getAsNullableFloat() }
    /// Returns the value as a single-precision number; `default` if it is missing or can't be converted.
    public func getAsFloat(_ key: Key, default: Float = 0) -> Float { getAsNullableFloat(key) ?? `default` }

    /// Returns the value as a number, or nil.
    public func getAsNullableDouble(_ key: Key) -> Double? { getAsObject(key).getAsNullableDouble() }
    /// Returns the value as a number; `default` if it is missing or can't be converted.
    public func getAsDouble(_ key: Key, default: Double = 0) -> Double { getAsNullableDouble(key) ?? `default` }

    /// Returns the value as a date, or nil.
    public func getAsNullableDateTime(_ key: Key) -> Date? { getAsObject(key).getAsNullableDateTime() }
    /// Returns the value as a date; `default` if it is missing or can't be converted.
    public func getAsDateTime(_ key: Key, default: Date) -> Date { getAsNullableDateTime(key) ?? `default` }

    /// Returns the value as an array, or nil: the values of a map, or an array of one element for a single value.
    public func getAsNullableArray(_ key: Key) -> [AnyValue]? { getAsObject(key).getAsNullableArray() }
    /// Returns the value as an array; `default` if it is missing.
    public func getAsArray(_ key: Key, default: [AnyValue] = []) -> [AnyValue] {
        getAsNullableArray(key) ?? `default`
    }

    /// Returns the value as a map, or nil. An array becomes a map by index.
    public func getAsNullableMap(_ key: Key) -> AnyValueMap? { getAsObject(key).getAsNullableMap() }
    /// Returns the value as a map; `default` if it is missing or can't be converted.
    public func getAsMap(_ key: Key, default: AnyValueMap = [:]) -> AnyValueMap { getAsNullableMap(key) ?? `default` }

    /// Returns the value converted to a type, or nil.
    public func getAsNullableType(_ type: TypeCode, _ key: Key) -> AnyValue? {
        getAsObject(key).getAsNullableType(type)
    }
    /// Returns the value converted to a type, or the empty value of the type (0, false, empty) if it is missing or
    /// can't be converted.
    public func getAsType(_ type: TypeCode, _ key: Key) -> AnyValue { getAsObject(key).getAsType(type) }
    /// Returns the value converted to a type; `default` if it is missing or can't be converted.
    public func getAsType(_ type: TypeCode, _ key: Key, default: AnyValue) -> AnyValue {
        getAsObject(key).getAsType(type, default: `default`)
    }
}
