/// Converts Swift values to dynamic ones all the way down (the toolkit's `RecursiveMapConverter`): objects become maps,
/// lists stay lists of converted elements, single values stay what they are.
///
/// Objects are taken apart by `Mirror`, as ``AnyValue/init(reflecting:)`` tells; a dynamic value comes back unchanged.
public enum RecursiveMapConverter {
    /// The dynamic form of a value; nil for no value.
    /// - Throws: BadRequest `TOO_DEEP` beyond 100 levels, `TOO_LARGE` beyond 1,000,000 values.
    public static func toNullableMap(_ value: Any?) throws(ApplicationError) -> AnyValue? {
        guard let value else { return .none }
        let converted = try AnyValue(reflecting: value)
        return converted.isNull ? .none : converted
    }

    /// The dynamic form of a value; `default` for no value.
    /// - Throws: BadRequest `TOO_DEEP` or `TOO_LARGE` as above.
    public static func toMap(_ value: Any?, default: AnyValue = [:]) throws(ApplicationError) -> AnyValue {
        try toNullableMap(value) ?? `default`
    }
}
