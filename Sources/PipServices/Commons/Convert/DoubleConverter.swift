import FoundationEssentials

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
