/// Converts dynamic values to single-precision numbers by the rules of ``DoubleConverter`` (the toolkit's
/// `FloatConverter`).
public enum FloatConverter {
    /// The value as a number; nil when it can't be converted.
    public static func toNullableFloat(_ value: AnyValue) -> Float? {
        DoubleConverter.toNullableDouble(value).map { Float($0) }
    }

    /// The value as a number; `default` when it can't be converted.
    public static func toFloat(_ value: AnyValue, default: Float = 0) -> Float { toNullableFloat(value) ?? `default` }
}
