import FoundationEssentials

/// Converts dynamic values to text (the toolkit's `StringConverter`): numbers with a decimal point, dates as
/// ISO 8601 in UTC with milliseconds, arrays as their elements joined by commas.
public enum StringConverter {
    /// The value as text; nil for `.null`.
    public static func toNullableString(_ value: AnyValue) -> String? {
        switch value {
        case .null: nil
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .double(let value): toString(value)
        case .decimal(let value): value.plainText
        case .string(let value): value
        case .date(let value): ISODate.format(value)
        case .array(let values): values.map { toString($0) }.joined(separator: ",")
        case .map: "[object Object]"
        }
    }

    /// The value as text; empty for `.null`.
    public static func toString(_ value: AnyValue) -> String { toNullableString(value) ?? "" }

    /// The value as text; `default` for `.null`.
    public static func toString(_ value: AnyValue, default: String) -> String { toNullableString(value) ?? `default` }

    // MARK: - Internal

    /// The shortest text that reads back as the same number, in the form all editions write: `1`, not `1.0`.
    static func toString(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        var text = value.description
        if text.ends(with: ".0") { text.removeLast(2) }
        // Swift writes 1e+16 and 1e-05, JavaScript 10000000000000000 and 0.00001: it has exponents from 1e+21 and 1e-7 on.
        guard var (mantissa, digits) = text.divided(atFirst: "e") else { return text }
        if mantissa.ends(with: ".0") { mantissa.removeLast(2) }
        let sign = digits.begins(with: "-") ? "-" : "+"
        digits = digits.drop { $0 == "-" || $0 == "+" }
        let power = digits.drop { $0 == "0" }
        if let count = Int(power) {
            if sign == "+", count < 21 { return plain(mantissa, power: count) }
            if sign == "-", count <= 6 { return plain(mantissa, negativePower: count) }
        }
        return "\(mantissa)e\(sign)\(power.isEmpty ? "0" : power)"
    }

    /// `1.5` and 16 as `15000000000000000`.
    private static func plain(_ mantissa: Substring, power: Int) -> String {
        let parts = mantissa.parts(separatedBy: ".", maxSplits: 1)
        let fraction = parts.count > 1 ? parts[1] : ""
        let zeros = String(repeating: "0", count: max(0, power - fraction.count))
        return "\(parts[0])\(fraction)\(zeros)"
    }

    /// `-1.5` and 5 as `-0.000015`.
    private static func plain(_ mantissa: Substring, negativePower power: Int) -> String {
        let sign = mantissa.begins(with: "-") ? "-" : ""
        let zeros = String(repeating: "0", count: max(0, power - 1))
        return "\(sign)0.\(zeros)\(String(mantissa.filter { $0.isNumber }))"
    }
}
