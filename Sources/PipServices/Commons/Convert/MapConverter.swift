/// Converts dynamic values to maps (the toolkit's `MapConverter`).
public enum MapConverter {
    /// The value as a map: an array gives its elements under `0`, `1`, ...; a single value nil.
    public static func toNullableMap(_ value: AnyValue) -> AnyValueMap? {
        switch value {
        case .map(let map): map
        case .array(let values): AnyValueMap(values.enumerated().map { (String($0.offset), $0.element) })
        default: nil
        }
    }

    /// The value as a map; `default` when it can't be converted.
    public static func toMap(_ value: AnyValue, default: AnyValueMap = [:]) -> AnyValueMap {
        toNullableMap(value) ?? `default`
    }
}
