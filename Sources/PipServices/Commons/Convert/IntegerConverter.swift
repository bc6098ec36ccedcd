/// Converts dynamic values to whole numbers by the rules of ``LongConverter`` (the toolkit's `IntegerConverter`).
public enum IntegerConverter {
    /// The value as a whole number; nil when it can't be converted.
    public static func toNullableInteger(_ value: AnyValue) -> Int? {
        LongConverter.toNullableLong(value).map { Int($0) }
    }

    /// The value as a whole number; `default` when it can't be converted.
    public static func toInteger(_ value: AnyValue, default: Int = 0) -> Int { toNullableInteger(value) ?? `default` }
}
