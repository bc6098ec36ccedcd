public import FoundationEssentials

/// Picks random elements (the toolkit's `RandomArray`). It also works for the cases of an enumeration:
/// `RandomArray.pick(Kind.allCases)`.
public enum RandomArray {
    /// Returns a random element; nil if the collection is empty.
    public static func pick<Elements: RandomAccessCollection>(
        _ elements: Elements, random: any RandomSource = SystemRandom()
    ) -> Elements.Element? {
        guard !elements.isEmpty else { return nil }
        return elements[elements.index(elements.startIndex, offsetBy: random.next(in: 0..<elements.count))]
    }
}

/// Generates random dates in whole milliseconds (the toolkit's `RandomDateTime`).
///
/// The caller passes the bounds: nothing here reads the current time.
public enum RandomDateTime {
    /// Returns a midnight in UTC from `min` up to but excluding `max`; if there is none, the last midnight before
    /// `min`.
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

    /// Returns a date from `min` up to but excluding `max`; `min` if the range is empty.
    ///
    /// - Parameter min: nil for the start of the year 2000 in UTC.
    public static func nextDateTime(
        from min: Date? = nil, to max: Date, random: any RandomSource = SystemRandom()
    ) -> Date {
        let min = min?.timeIntervalSince1970 ?? 946_684_800
        let value = random.nextDouble(min, max.timeIntervalSince1970)
        return Date(timeIntervalSince1970: Swift.max(min, (value * 1000).rounded(.down) / 1000))
    }

    /// Returns a date near another one.
    ///
    /// - Parameter range: the maximum distance in either direction; nil and zero mean ten days. A negative range
    ///   returns the value unchanged.
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
