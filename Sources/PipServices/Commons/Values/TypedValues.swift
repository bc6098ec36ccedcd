import FoundationEssentials

/// A container that gives its values converted: the toolkit's family of `getAs...` methods, written once.
///
/// `getAsNullableX` gives nil when there is no value or it can't be converted, `getAsX` a default instead.
/// The rules are those of the converters, such as ``LongConverter``.
public protocol TypedValues {
    /// What a value is asked for by: a name or an index.
    associatedtype Key
    /// The value as it is, or nil.
    func value(for key: Key) -> AnyValue?
}

extension TypedValues {
    /// The value as it is, `.null` when there is none (the toolkit's `getAsObject` and `getAsValue`).
    public func getAsObject(_ key: Key) -> AnyValue { value(for: key) ?? .null }

    /// The value as text, or nil.
    public func getAsNullableString(_ key: Key) -> String? { getAsObject(key).getAsNullableString() }
    /// The value as text; `default` when there is none.
    public func getAsString(_ key: Key, default: String = "") -> String { getAsNullableString(key) ?? `default` }

    /// The value as a truth value, or nil.
    public func getAsNullableBoolean(_ key: Key) -> Bool? { getAsObject(key).getAsNullableBoolean() }
    /// The value as a truth value; `default` when there is none or it can't be converted.
    public func getAsBoolean(_ key: Key, default: Bool = false) -> Bool { getAsNullableBoolean(key) ?? `default` }

    /// The value as a whole number, or nil.
    public func getAsNullableInteger(_ key: Key) -> Int? { getAsObject(key).getAsNullableInteger() }
    /// The value as a whole number; `default` when there is none or it can't be converted.
    public func getAsInteger(_ key: Key, default: Int = 0) -> Int { getAsNullableInteger(key) ?? `default` }

    /// The value as a 64-bit whole number, or nil.
    public func getAsNullableLong(_ key: Key) -> Int64? { getAsObject(key).getAsNullableLong() }
    /// The value as a 64-bit whole number; `default` when there is none or it can't be converted.
    public func getAsLong(_ key: Key, default: Int64 = 0) -> Int64 { getAsNullableLong(key) ?? `default` }

    /// The value as a single-precision number, or nil.
    public func getAsNullableFloat(_ key: Key) -> Float? { getAsObject(key).getAsNullableFloat() }
    /// The value as a single-precision number; `default` when there is none or it can't be converted.
    public func getAsFloat(_ key: Key, default: Float = 0) -> Float { getAsNullableFloat(key) ?? `default` }

    /// The value as a number, or nil.
    public func getAsNullableDouble(_ key: Key) -> Double? { getAsObject(key).getAsNullableDouble() }
    /// The value as a number; `default` when there is none or it can't be converted.
    public func getAsDouble(_ key: Key, default: Double = 0) -> Double { getAsNullableDouble(key) ?? `default` }

    /// The value as a point in time, or nil.
    public func getAsNullableDateTime(_ key: Key) -> Date? { getAsObject(key).getAsNullableDateTime() }
    /// The value as a point in time; `default` when there is none or it can't be converted.
    public func getAsDateTime(_ key: Key, default: Date) -> Date { getAsNullableDateTime(key) ?? `default` }

    /// The value as a list, or nil: a map gives its values, any other single value a list of itself.
    public func getAsNullableArray(_ key: Key) -> [AnyValue]? { getAsObject(key).getAsNullableArray() }
    /// The value as a list; `default` when there is none.
    public func getAsArray(_ key: Key, default: [AnyValue] = []) -> [AnyValue] {
        getAsNullableArray(key) ?? `default`
    }

    /// The value as a map, or nil: an array gives its elements by index.
    public func getAsNullableMap(_ key: Key) -> AnyValueMap? { getAsObject(key).getAsNullableMap() }
    /// The value as a map; `default` when there is none or it can't be converted.
    public func getAsMap(_ key: Key, default: AnyValueMap = [:]) -> AnyValueMap { getAsNullableMap(key) ?? `default` }

    /// The value converted to a kind, or nil.
    public func getAsNullableType(_ type: TypeCode, _ key: Key) -> AnyValue? {
        getAsObject(key).getAsNullableType(type)
    }
    /// The value converted to a kind; what stands for nothing there (0, false, empty) when there is none or it can't be
    /// converted.
    public func getAsType(_ type: TypeCode, _ key: Key) -> AnyValue { getAsObject(key).getAsType(type) }
    /// The value converted to a kind; `default` when there is none or it can't be converted.
    public func getAsType(_ type: TypeCode, _ key: Key, default: AnyValue) -> AnyValue {
        getAsObject(key).getAsType(type, default: `default`)
    }
}
