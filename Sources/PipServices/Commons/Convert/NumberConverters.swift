import FoundationEssentials

/// Converts dynamic values to `Int` by the rules of ``LongConverter`` (the toolkit's `IntegerConverter`).
public enum IntegerConverter {
    /// Returns the value as an integer; nil if it can't be converted.
    public static func toNullableInteger(_ value: AnyValue) -> Int? {
        LongConverter.toNullableLong(value).map { Int($0) }
    }

    /// Returns the value as an integer; `default` if it can't be converted.
    public static func toInteger(_ value: AnyValue, default: Int = 0) -> Int { toNullableInteger(value) ?? `default` }
}

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

/// Converts dynamic values to `Float` by the rules of ``DoubleConverter`` (the toolkit's `FloatConverter`).
public enum FloatConverter {
    /// Returns the value as a number; nil if it can't be converted.
    public static func toNullableFloat(_ value: AnyValue) -> Float? {
        DoubleConverter.toNullableDouble(value).map { Float($0) }
    }

    /// Returns the value as a number; `default` if it can't be converted.
    public static func toFloat(_ value: AnyValue, default: Float = 0) -> Float { toNullableFloat(value) ?? `default` }
}

/// Converts dynamic values to `Double` (the toolkit's `DoubleConverter`).
///
/// A string is converted from its leading number (`12abc` is 12). Dates become milliseconds since 1970, Booleans 1 or
/// 0.
public enum DoubleConverter {
    /// Returns the value as a number; nil if it can't be converted.
    public static func toNullableDouble(_ value: AnyValue) -> Double? {
        switch value {
        case .null, .map: nil
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .double(let value): value
        case .decimal(let value): value.nearestDouble
        case .string(let text): leadingNumber(of: text).flatMap { Double($0) } ?? leadingInfinity(of: text)
        case .date(let date): Double(ISODate.milliseconds(date))
        case .array(let values): values.isEmpty ? nil : toNullableDouble(.string(StringConverter.toString(value)))
        }
    }

    /// Returns the value as a number; `default` if it can't be converted.
    public static func toDouble(_ value: AnyValue, default: Double = 0) -> Double {
        toNullableDouble(value) ?? `default`
    }

    // MARK: - Internal

    /// Returns infinity if the string starts with `Infinity`, JavaScript's name for it, after whitespace.
    private static func leadingInfinity(of text: String) -> Double? {
        let text = text.trimmedStart
        if text.begins(with: "-Infinity") { return -.infinity }
        return text.begins(with: "Infinity") || text.begins(with: "+Infinity") ? .infinity : nil
    }

    /// Returns the longest prefix of `text`, after whitespace, that is a decimal number, or nil.
    static func leadingNumber(of text: String) -> Substring? {
        let text = text.trimmedStart
        let bytes = text.utf8
        var end = bytes.startIndex
        var digits = 0
        func skipDigits() {
            while end < bytes.endIndex, (48...57).contains(bytes[end]) {
                bytes.formIndex(after: &end)
                digits += 1
            }
        }
        if end < bytes.endIndex, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") {
            bytes.formIndex(after: &end)
        }
        skipDigits()
        if end < bytes.endIndex, bytes[end] == UInt8(ascii: ".") {
            bytes.formIndex(after: &end)
            skipDigits()
        }
        guard digits > 0 else { return nil }
        var number = end
        if end < bytes.endIndex, bytes[end] | 0x20 == UInt8(ascii: "e") {
            bytes.formIndex(after: &end)
            if end < bytes.endIndex, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") {
                bytes.formIndex(after: &end)
            }
            digits = 0
            skipDigits()
            if digits > 0 { number = end }
        }
        return text[..<number]
    }
}
