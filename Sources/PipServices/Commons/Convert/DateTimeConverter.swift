import FoundationEssentials

/// Converts dynamic values to dates with millisecond precision (the toolkit's `DateTimeConverter`).
///
/// Strings are parsed as ISO 8601, in UTC if they have no time zone. Numbers are milliseconds since 1970, up to the
/// 8,640,000,000,000,000 that all editions support.
public enum DateTimeConverter {
    /// Returns the value as a date; nil if it can't be converted.
    public static func toNullableDateTime(_ value: AnyValue) -> Date? {
        switch value {
        case .date(let date): ISODate.wholeMilliseconds(date)
        case .string(let text): ISODate.parse(text)
        case .integer(let milliseconds): date(Double(milliseconds))
        case .double(let milliseconds): date(milliseconds.rounded(.towardZero))
        case .decimal(let milliseconds): date(milliseconds.nearestDouble.rounded(.towardZero))
        default: nil
        }
    }

    /// Returns the value as a date; `default` if it can't be converted.
    public static func toDateTime(_ value: AnyValue, default: Date) -> Date { toNullableDateTime(value) ?? `default` }

    // MARK: - Internal

    /// The range is the years -271821 to 275760, as in JavaScript. Other editions fail beyond it, and the
    /// string form has no digits for it.
    private static func date(_ milliseconds: Double) -> Date? {
        milliseconds.magnitude <= 8.64e15 ? Date(timeIntervalSince1970: milliseconds / 1000) : nil
    }
}
