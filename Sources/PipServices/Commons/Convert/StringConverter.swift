import FoundationEssentials

/// Converts dynamic values to strings (the toolkit's `StringConverter`). Numbers have a decimal point, dates are ISO
/// 8601 in UTC with milliseconds, and array elements are joined by commas.
public enum StringConverter {
    /// Returns the value as a string; nil for `.null`.
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

    /// Returns the value as a string; empty for `.null`.
    public static func toString(_ value: AnyValue) -> String { toNullableString(value) ?? "" }

    /// Returns the value as a string; `default` for `.null`.
    public static func toString(_ value: AnyValue, default: String) -> String { toNullableString(value) ?? `default` }

    // MARK: - Internal

    /// Returns the shortest string that parses to the same number, in the format of all editions: `1`, not `1.0`.
    static func toString(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        var text = value.description
        if text.ends(with: ".0") { text.removeLast(2) }
        // Swift writes 1e+16 and 1e-05, JavaScript 10000000000000000 and 0.00001. JavaScript uses exponents from 1e+21
        // and 1e-7.
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
