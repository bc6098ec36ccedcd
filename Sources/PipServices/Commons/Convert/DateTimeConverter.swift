import FoundationEssentials

/// Converts dynamic values to points in time (the toolkit's `DateTimeConverter`): text by ISO 8601 (UTC where it names
/// no zone), numbers as milliseconds since 1970.
public enum DateTimeConverter {
    /// The value as a point in time; nil when it can't be converted.
    public static func toNullableDateTime(_ value: AnyValue) -> Date? {
        switch value {
        case .date(let date): date
        case .string(let text): ISODate.parse(text)
        case .integer(let milliseconds): Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        case .double(let milliseconds):
            milliseconds.isFinite ? Date(timeIntervalSince1970: milliseconds.rounded(.towardZero) / 1000) : nil
        default: nil
        }
    }

    /// The value as a point in time; `default` when it can't be converted.
    public static func toDateTime(_ value: AnyValue, default: Date) -> Date { toNullableDateTime(value) ?? `default` }
}
