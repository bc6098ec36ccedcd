/// Converts dynamic values to lists (the toolkit's `ArrayConverter`).
public enum ArrayConverter {
    /// The value as a list: a map gives its values, another single value a list of itself, `.null` nil.
    public static func toNullableArray(_ value: AnyValue) -> [AnyValue]? {
        switch value {
        case .null: nil
        case .array(let values): values
        case .map(let map): map.map(\.value)
        default: [value]
        }
    }

    /// The value as a list; `default` for `.null`.
    public static func toArray(_ value: AnyValue, default: [AnyValue] = []) -> [AnyValue] {
        toNullableArray(value) ?? `default`
    }

    /// The value as a list, text split at commas (its parts are not trimmed).
    public static func listToArray(_ value: AnyValue) -> [AnyValue] {
        guard case .string(let text) = value else { return toArray(value) }
        return text.parts(separatedBy: ",").map { .string(String($0)) }
    }
}
