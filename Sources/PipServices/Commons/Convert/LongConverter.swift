import FoundationEssentials

/// Converts dynamic values to `Int64` (the toolkit's `LongConverter`).
///
/// Fractions are rounded, halves up. A string is converted from its leading number. Dates become milliseconds since
/// 1970. Numbers out of range are clamped.
public enum LongConverter {
    /// Returns the value as an integer; nil if it can't be converted.
    public static func toNullableLong(_ value: AnyValue) -> Int64? {
        switch value {
        case .integer(let value): return value
        case .date(let date): return ISODate.milliseconds(date)
        case .decimal(let value) where !value.isNaN: return value.roundedToLong
        case .string(let text):
            if let number = DoubleConverter.leadingNumber(of: text), let exact = Int64(number) { return exact }
            return DoubleConverter.toNullableDouble(value).flatMap(round)
        default: return DoubleConverter.toNullableDouble(value).flatMap(round)
        }
    }

    /// Returns the value as an integer; `default` if it can't be converted.
    public static func toLong(_ value: AnyValue, default: Int64 = 0) -> Int64 { toNullableLong(value) ?? `default` }

    // MARK: - Internal

    private static func round(_ value: Double) -> Int64? {
        guard !value.isNaN else { return nil }
        let rounded = (value + 0.5).rounded(.down)
        if rounded >= 0x1p63 { return .max }
        if rounded < -0x1p63 { return .min }
        return Int64(rounded)
    }
}
