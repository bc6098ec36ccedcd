/// Converts dynamic values to maps (the toolkit's `MapConverter`).
public enum MapConverter {
    /// Returns the value as a map: the elements of an array under `0`, `1`, ...; nil for a single value.
    public static func toNullableMap(_ value: AnyValue) -> AnyValueMap? {
        switch value {
        case .map(let map): map
        case .array(let values): AnyValueMap(values.enumerated().map { (String($0.offset), $0.element) })
        default: nil
        }
    }

    /// Returns the value as a map; `default` if it can't be converted.
    public static func toMap(_ value: AnyValue, default: AnyValueMap = [:]) -> AnyValueMap {
        toNullableMap(value) ?? `default`
    }
}
