/// Converts dynamic values to `Int` by the rules of ``LongConverter`` (the toolkit's `IntegerConverter`).
public enum IntegerConverter {
    /// Returns the value as an integer; nil if it can't be converted.
    public static func toNullableInteger(_ value: AnyValue) -> Int? {
        LongConverter.toNullableLong(value).map { Int($0) }
    }

    /// Returns the value as an integer; `default` if it can't be converted.
    public static func toInteger(_ value: AnyValue, default: Int = 0) -> Int { toNullableInteger(value) ?? `default` }
}
