import FoundationEssentials

/// Converts dynamic values to points in time (the toolkit's `DateTimeConverter`): text by ISO 8601 (UTC where it names
/// no zone), numbers as milliseconds since 1970, up to the 8,640,000,000,000,000 that all editions can hold. Points in
/// time have whole milliseconds.
public enum DateTimeConverter {
    /// The value as a point in time; nil when it can't be converted.
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

    /// The value as a point in time; `default` when it can't be converted.
    public static func toDateTime(_ value: AnyValue, default: Date) -> Date { toNullableDateTime(value) ?? `default` }

    // MARK: - Internal

    /// The years -271821 to 275760, like JavaScript: beyond, other editions fail, and the text form has no digits.
    private static func date(_ milliseconds: Double) -> Date? {
        milliseconds.magnitude <= 8.64e15 ? Date(timeIntervalSince1970: milliseconds / 1000) : nil
    }
}
