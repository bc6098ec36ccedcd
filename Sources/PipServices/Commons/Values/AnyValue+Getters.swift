import FoundationEssentials

/// The toolkit's `getAs...` methods of `AnyValue`. The rules are those of the converters, such as ``LongConverter``.
extension AnyValue {
    /// The kind of the value (the toolkit's `getTypeCode`).
    public var typeCode: TypeCode { TypeConverter.toTypeCode(self) }

    /// The value as text; nil for `.null`.
    public func getAsNullableString() -> String? { StringConverter.toNullableString(self) }
    /// The value as text; `default` for `.null`.
    public func getAsString(default: String = "") -> String { getAsNullableString() ?? `default` }

    /// The value as a truth value, or nil.
    public func getAsNullableBoolean() -> Bool? { BooleanConverter.toNullableBoolean(self) }
    /// The value as a truth value; `default` when it can't be converted.
    public func getAsBoolean(default: Bool = false) -> Bool { getAsNullableBoolean() ?? `default` }

    /// The value as a whole number, or nil.
    public func getAsNullableInteger() -> Int? { IntegerConverter.toNullableInteger(self) }
    /// The value as a whole number; `default` when it can't be converted.
    public func getAsInteger(default: Int = 0) -> Int { getAsNullableInteger() ?? `default` }

    /// The value as a 64-bit whole number, or nil.
    public func getAsNullableLong() -> Int64? { LongConverter.toNullableLong(self) }
    /// The value as a 64-bit whole number; `default` when it can't be converted.
    public func getAsLong(default: Int64 = 0) -> Int64 { getAsNullableLong() ?? `default` }

    /// The value as a single-precision number, or nil.
    public func getAsNullableFloat() -> Float? { FloatConverter.toNullableFloat(self) }
    /// The value as a single-precision number; `default` when it can't be converted.
    public func getAsFloat(default: Float = 0) -> Float { getAsNullableFloat() ?? `default` }

    /// The value as a number, or nil.
    public func getAsNullableDouble() -> Double? { DoubleConverter.toNullableDouble(self) }
    /// The value as a number; `default` when it can't be converted.
    public func getAsDouble(default: Double = 0) -> Double { getAsNullableDouble() ?? `default` }

    /// The value as a point in time, or nil.
    public func getAsNullableDateTime() -> Date? { DateTimeConverter.toNullableDateTime(self) }
    /// The value as a point in time; `default` when it can't be converted.
    public func getAsDateTime(default: Date) -> Date { getAsNullableDateTime() ?? `default` }

    /// The value converted to a kind, or nil.
    public func getAsNullableType(_ type: TypeCode) -> AnyValue? { TypeConverter.toNullableType(type, self) }
    /// The value converted to a kind; what stands for nothing there (0, false, empty) when it can't be converted.
    public func getAsType(_ type: TypeCode) -> AnyValue { TypeConverter.toType(type, self) }
    /// The value converted to a kind; `default` when it can't be converted.
    public func getAsType(_ type: TypeCode, default: AnyValue) -> AnyValue {
        TypeConverter.toType(type, self, default: `default`)
    }

    /// The value as a list, or nil for `.null`: a map gives its values, any other single value a list of itself.
    public func getAsNullableArray() -> [AnyValue]? { ArrayConverter.toNullableArray(self) }
    /// The value as a list; `default` for `.null`.
    public func getAsArray(default: [AnyValue] = []) -> [AnyValue] { getAsNullableArray() ?? `default` }

    /// The value as a map, or nil: an array gives its elements by index.
    public func getAsNullableMap() -> AnyValueMap? { MapConverter.toNullableMap(self) }
    /// The value as a map; `default` when it can't be converted.
    public func getAsMap(default: AnyValueMap = [:]) -> AnyValueMap { getAsNullableMap() ?? `default` }
}
