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

/// Converts Swift values to dynamic values recursively (the toolkit's `RecursiveMapConverter`). Objects become maps,
/// the elements of lists are converted, single values are kept.
///
/// Objects are read by `Mirror`, as ``AnyValue/init(reflecting:)`` describes. A dynamic value is returned unchanged.
public enum RecursiveMapConverter {
    /// Returns the dynamic form of a value, or nil for nil.
    /// - Throws: BadRequest `TOO_DEEP` beyond 100 levels, `TOO_LARGE` beyond 1,000,000 values.
    public static func toNullableMap(_ value: Any?) throws(ApplicationError) -> AnyValue? {
        guard let value else { return .none }
        let converted = try AnyValue(reflecting: value)
        return converted.isNull ? .none : converted
    }

    /// Returns the dynamic form of a value, or `default` for nil.
    /// - Throws: BadRequest `TOO_DEEP` or `TOO_LARGE` as above.
    public static func toMap(_ value: Any?, default: AnyValue = [:]) throws(ApplicationError) -> AnyValue {
        try toNullableMap(value) ?? `default`
    }
}
