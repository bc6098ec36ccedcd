import FoundationEssentials

/// The toolkit's `getAs...` methods of `AnyValue`. They follow the rules of the converters, such as ``LongConverter``.
extension AnyValue {
    /// The type of the value (the toolkit's `getTypeCode`).
    public var typeCode: TypeCode { TypeConverter.toTypeCode(self) }

    /// Returns the value as a string; nil for `.null`.
    public func getAsNullableString() -> String? { StringConverter.toNullableString(self) }
    /// Returns the value as a string; `default` for `.null`.
    public func getAsString(default: String = "") -> String { getAsNullableString() ?? `default` }

    /// Returns the value as a Boolean, or nil.
    public func getAsNullableBoolean() -> Bool? { BooleanConverter.toNullableBoolean(self) }
    /// Returns the value as a Boolean; `default` if it can't be converted.
    public func getAsBoolean(default: Bool = false) -> Bool { getAsNullableBoolean() ?? `default` }

    /// Returns the value as an integer, or nil.
    public func getAsNullableInteger() -> Int? { IntegerConverter.toNullableInteger(self) }
    /// Returns the value as an integer; `default` if it can't be converted.
    public func getAsInteger(default: Int = 0) -> Int { getAsNullableInteger() ?? `default` }

    /// Returns the value as a 64-bit integer, or nil.
    public func getAsNullableLong() -> Int64? { LongConverter.toNullableLong(self) }
    /// Returns the value as a 64-bit integer; `default` if it can't be converted.
    public func getAsLong(default: Int64 = 0) -> Int64 { getAsNullableLong() ?? `default` }

    /// Returns the value as a single-precision number, or nil.
    public func getAsNullableFloat() -> Float? { FloatConverter.toNullableFloat(self) }
    /// Returns the value as a single-precision number; `default` if it can't be converted.
    public func getAsFloat(default: Float = 0) -> Float { getAsNullableFloat() ?? `default` }

    /// Returns the value as a number, or nil.
    public func getAsNullableDouble() -> Double? { DoubleConverter.toNullableDouble(self) }
    /// Returns the value as a number; `default` if it can't be converted.
    public func getAsDouble(default: Double = 0) -> Double { getAsNullableDouble() ?? `default` }

    /// Returns the value as a date, or nil.
    public func getAsNullableDateTime() -> Date? { DateTimeConverter.toNullableDateTime(self) }
    /// Returns the value as a date; `default` if it can't be converted.
    public func getAsDateTime(default: Date) -> Date { getAsNullableDateTime() ?? `default` }

    /// Returns the value converted to a type, or nil.
    public func getAsNullableType(_ type: TypeCode) -> AnyValue? { TypeConverter.toNullableType(type, self) }
    /// Returns the value converted to a type, or the empty value of the type (0, false, empty) if it can't be
    /// converted.
    public func getAsType(_ type: TypeCode) -> AnyValue { TypeConverter.toType(type, self) }
    /// Returns the value converted to a type; `default` if it can't be converted.
    public func getAsType(_ type: TypeCode, default: AnyValue) -> AnyValue {
        TypeConverter.toType(type, self, default: `default`)
    }

    /// Returns the value as an array, or nil for `.null`: the values of a map, or an array of one element for a single
    /// value.
    public func getAsNullableArray() -> [AnyValue]? { ArrayConverter.toNullableArray(self) }
    /// Returns the value as an array; `default` for `.null`.
    public func getAsArray(default: [AnyValue] = []) -> [AnyValue] { getAsNullableArray() ?? `default` }

    /// Returns the value as a map, or nil. An array becomes a map by index.
    public func getAsNullableMap() -> AnyValueMap? { MapConverter.toNullableMap(self) }
    /// Returns the value as a map; `default` if it can't be converted.
    public func getAsMap(default: AnyValueMap = [:]) -> AnyValueMap { getAsNullableMap() ?? `default` }
}
