/// Converts dynamic values to `Float` by the rules of ``DoubleConverter`` (the toolkit's `FloatConverter`).
public enum FloatConverter {
    /// Returns the value as a number; nil if it can't be converted.
    public static func toNullableFloat(_ value: AnyValue) -> Float? {
        DoubleConverter.toNullableDouble(value).map { Float($0) }
    }

    /// Returns the value as a number; `default` if it can't be converted.
    public static func toFloat(_ value: AnyValue, default: Float = 0) -> Float { toNullableFloat(value) ?? `default` }
}
