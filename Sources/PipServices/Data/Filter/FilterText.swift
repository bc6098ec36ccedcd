public import FoundationEssentials

/// A type that can be parsed from a string in ``FilterParams``.
public protocol FilterText: FieldValue {
    /// The expected form of strings, such as `a whole number`.
    static var filterMeaning: String { get }
    /// Parses a string; nil if it is not a valid value.
    static func fromFilterText(_ text: String) -> Self?
}

extension String: FilterText {
    /// `a text`.
    public static var filterMeaning: String { "a text" }
    /// Returns the string unchanged.
    public static func fromFilterText(_ text: String) -> String? { text }
}

extension Bool: FilterText {
    /// `true or false`.
    public static var filterMeaning: String { "true or false" }
    /// Parses as ``BooleanConverter`` does.
    public static func fromFilterText(_ text: String) -> Bool? { BooleanConverter.toNullableBoolean(.string(text)) }
}

extension Int: FilterText {
    /// `a whole number`.
    public static var filterMeaning: String { "a whole number" }
    /// Parses a 64-bit decimal integer.
    public static func fromFilterText(_ text: String) -> Int? { Int(text.trimmed) }
}

extension Int64: FilterText {
    /// `a whole number`.
    public static var filterMeaning: String { "a whole number" }
    /// Parses a 64-bit decimal integer.
    public static func fromFilterText(_ text: String) -> Int64? { Int64(text.trimmed) }
}

extension Double: FilterText {
    /// `a number`.
    public static var filterMeaning: String { "a number" }
    /// Parses a finite decimal number.
    public static func fromFilterText(_ text: String) -> Double? {
        Double(text.trimmed).flatMap { $0.isFinite ? $0 : nil }
    }
}

extension Date: FilterText {
    /// `a date in ISO 8601`.
    public static var filterMeaning: String { "a date in ISO 8601" }
    /// Parses as ``DateTimeConverter`` does.
    public static func fromFilterText(_ text: String) -> Date? { DateTimeConverter.toNullableDateTime(.string(text)) }
}

extension Decimal: FilterText {
    /// `a number`.
    public static var filterMeaning: String { "a number" }
    /// Parses a decimal number without loss of digits.
    public static func fromFilterText(_ text: String) -> Decimal? { Decimal(exactText: text.trimmed) }
}

extension Duration: FilterText {
    /// `a number of milliseconds`.
    public static var filterMeaning: String { "a number of milliseconds" }
    /// Parses a number of milliseconds.
    public static func fromFilterText(_ text: String) -> Duration? {
        Decimal(exactText: text.trimmed).flatMap { Duration(exactMilliseconds: $0) }
    }
}

extension UUID: FilterText {
    /// `a UUID`.
    public static var filterMeaning: String { "a UUID" }
    /// Parses a UUID, case-insensitively.
    public static func fromFilterText(_ text: String) -> UUID? { UUID(uuidString: text.trimmed) }
}

extension URL: FilterText {
    /// `a URL`.
    public static var filterMeaning: String { "a URL" }
    /// Parses as `URL` does.
    public static func fromFilterText(_ text: String) -> URL? { URL(string: text.trimmed) }
}

extension Optional: FilterText where Wrapped: FilterText {
    /// The meaning of the wrapped type.
    public static var filterMeaning: String { Wrapped.filterMeaning }
    /// Parses the wrapped value; never null.
    public static func fromFilterText(_ text: String) -> Wrapped?? { Wrapped.fromFilterText(text).map { .some($0) } }
}

extension FilterText where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// The allowed values.
    public static var filterMeaning: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    /// Returns the case with this raw value.
    public static func fromFilterText(_ text: String) -> Self? { allCases.first { $0.rawValue.isSame(as: text) } }
}
