public import FoundationEssentials

/// Makes random points in time, of whole milliseconds (the toolkit's `RandomDateTime`).
///
/// They lie between bounds that the caller gives: nothing here asks what time it is.
public enum RandomDateTime {
    /// A midnight, in UTC, of `min` and later, before `max`; the midnight before `min` when there is none.
    ///
    /// - Parameter min: nil for 3,650 days before `max`.
    public static func nextDate(
        from min: Date? = nil, to max: Date, random: any RandomSource = SystemRandom()
    ) -> Date {
        let min = min ?? max.addingTimeInterval(-3650 * day)
        let first = (min.timeIntervalSince1970 / day).rounded(.up)
        let end = (max.timeIntervalSince1970 / day).rounded(.up)
        guard first < end, end.isFinite else {
            return Date(timeIntervalSince1970: (min.timeIntervalSince1970 / day).rounded(.down) * day)
        }
        return Date(timeIntervalSince1970: random.nextDouble(first, end).rounded(.down) * day)
    }

    /// A point in time of `min` and later, before `max`; `min` when there is none.
    ///
    /// - Parameter min: nil for the beginning of the year 2000 in UTC.
    public static func nextDateTime(
        from min: Date? = nil, to max: Date, random: any RandomSource = SystemRandom()
    ) -> Date {
        let min = min?.timeIntervalSince1970 ?? 946_684_800
        let value = random.nextDouble(min, max.timeIntervalSince1970)
        return Date(timeIntervalSince1970: Swift.max(min, (value * 1000).rounded(.down) / 1000))
    }

    /// A point in time near another one.
    ///
    /// - Parameter range: how far it may lie off, either way; nil and zero mean ten days. A negative one leaves the value
    ///   as it is.
    public static func updateDateTime(
        _ value: Date, range: Duration? = nil, random: any RandomSource = SystemRandom()
    ) -> Date {
        let seconds = range.flatMap { $0 == .zero ? nil : $0.milliseconds / 1000 } ?? 10 * day
        guard seconds > 0 else { return value }
        return nextDateTime(
            from: value.addingTimeInterval(-seconds), to: value.addingTimeInterval(seconds), random: random)
    }

    // MARK: - Internal

    private static let day = 86_400.0
}
