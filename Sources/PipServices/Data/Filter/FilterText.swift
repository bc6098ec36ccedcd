public import FoundationEssentials

/// A type that a text of ``FilterParams`` is read as.
public protocol FilterText: FieldValue {
    /// What texts must be like, such as `a whole number`.
    static var filterMeaning: String { get }
    /// The value that a text stands for; nil when it stands for none.
    static func fromFilterText(_ text: String) -> Self?
}

extension String: FilterText {
    /// `a text`.
    public static var filterMeaning: String { "a text" }
    /// The text itself.
    public static func fromFilterText(_ text: String) -> String? { text }
}

extension Bool: FilterText {
    /// `true or false`.
    public static var filterMeaning: String { "true or false" }
    /// What ``BooleanConverter`` reads.
    public static func fromFilterText(_ text: String) -> Bool? { BooleanConverter.toNullableBoolean(.string(text)) }
}

extension Int: FilterText {
    /// `a whole number`.
    public static var filterMeaning: String { "a whole number" }
    /// A decimal number within 64 bits.
    public static func fromFilterText(_ text: String) -> Int? { Int(text.trimmed) }
}

extension Int64: FilterText {
    /// `a whole number`.
    public static var filterMeaning: String { "a whole number" }
    /// A decimal number within 64 bits.
    public static func fromFilterText(_ text: String) -> Int64? { Int64(text.trimmed) }
}

extension Double: FilterText {
    /// `a number`.
    public static var filterMeaning: String { "a number" }
    /// A finite decimal number.
    public static func fromFilterText(_ text: String) -> Double? {
        Double(text.trimmed).flatMap { $0.isFinite ? $0 : nil }
    }
}

extension Date: FilterText {
    /// `a date in ISO 8601`.
    public static var filterMeaning: String { "a date in ISO 8601" }
    /// What ``DateTimeConverter`` reads.
    public static func fromFilterText(_ text: String) -> Date? { DateTimeConverter.toNullableDateTime(.string(text)) }
}

extension Decimal: FilterText {
    /// `a number`.
    public static var filterMeaning: String { "a number" }
    /// A decimal number, of which no digit is lost.
    public static func fromFilterText(_ text: String) -> Decimal? { Decimal(exactText: text.trimmed) }
}

extension Duration: FilterText {
    /// `a number of milliseconds`.
    public static var filterMeaning: String { "a number of milliseconds" }
    /// Milliseconds.
    public static func fromFilterText(_ text: String) -> Duration? {
        Decimal(exactText: text.trimmed).flatMap { Duration(exactMilliseconds: $0) }
    }
}

extension UUID: FilterText {
    /// `a UUID`.
    public static var filterMeaning: String { "a UUID" }
    /// A UUID in either case.
    public static func fromFilterText(_ text: String) -> UUID? { UUID(uuidString: text.trimmed) }
}

extension URL: FilterText {
    /// `a URL`.
    public static var filterMeaning: String { "a URL" }
    /// What `URL` reads.
    public static func fromFilterText(_ text: String) -> URL? { URL(string: text.trimmed) }
}

extension Optional: FilterText where Wrapped: FilterText {
    /// That of the value.
    public static var filterMeaning: String { Wrapped.filterMeaning }
    /// The value; never null, which no text stands for.
    public static func fromFilterText(_ text: String) -> Wrapped?? { Wrapped.fromFilterText(text).map { .some($0) } }
}

extension FilterText where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// The values that there are.
    public static var filterMeaning: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    /// The case with this raw value.
    public static func fromFilterText(_ text: String) -> Self? { allCases.first { $0.rawValue.isSame(as: text) } }
}
