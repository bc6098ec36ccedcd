/// Converts dynamic values to Booleans (the toolkit's `BooleanConverter`).
///
/// `1`, `true`, `t`, `yes` and `y` are true; `0`, `false`, `f`, `no` and `n` are false, case-insensitively. Every
/// number except 0 is true.
public enum BooleanConverter {
    /// Returns the value as a Boolean; nil if it can't be converted.
    public static func toNullableBoolean(_ value: AnyValue) -> Bool? {
        switch value {
        case .bool(let value): value
        case .integer(let value): value != 0
        case .double(let value): value != 0
        case .decimal(let value): value != 0
        case .string(let text): parse(text)
        default: nil
        }
    }

    /// Returns the value as a Boolean; `default` if it can't be converted.
    public static func toBoolean(_ value: AnyValue, default: Bool = false) -> Bool {
        toNullableBoolean(value) ?? `default`
    }

    // MARK: - Internal

    static func parse(_ text: String) -> Bool? {
        switch text.asciiLowercased {
        case "1", "true", "t", "yes", "y": true
        case "0", "false", "f", "no", "n": false
        default: nil
        }
    }
}
