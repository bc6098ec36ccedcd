/// Converts dynamic values to lists (the toolkit's `ArrayConverter`).
public enum ArrayConverter {
    /// Returns the value as an array: the values of a map, or an array of one element for another single value; nil for
    /// `.null`.
    public static func toNullableArray(_ value: AnyValue) -> [AnyValue]? {
        switch value {
        case .null: nil
        case .array(let values): values
        case .map(let map): map.map(\.value)
        default: [value]
        }
    }

    /// Returns the value as an array, or `default` for `.null`.
    public static func toArray(_ value: AnyValue, default: [AnyValue] = []) -> [AnyValue] {
        toNullableArray(value) ?? `default`
    }

    /// Returns the value as an array. Strings are split at commas; the parts are not trimmed.
    public static func listToArray(_ value: AnyValue) -> [AnyValue] {
        guard case .string(let text) = value else { return toArray(value) }
        return text.parts(separatedBy: ",").map { .string(String($0)) }
    }
}
