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
