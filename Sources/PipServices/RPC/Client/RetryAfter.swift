import FoundationEssentials

/// Parses the header field `Retry-After`: seconds, also fractional, or one of the three HTTP date formats (RFC 9110,
/// sections 5.6.7 and 10.2.3).
enum RetryAfter {
    /// Returns the delay, from zero to one day; nil if the value is malformed.
    static func delay(_ text: String, now: Date) -> Duration? {
        let text = text.trimmed
        if let seconds = seconds(text) { return seconds }
        guard let date = date(text, now: now) else { return nil }
        let seconds = min(max(date.timeIntervalSince(now), 0), longest)
        return .seconds(seconds)
    }

    /// Parses an HTTP date in one of its three formats; nil for any other string.
    static func date(_ text: String, now: Date) -> Date? {
        let parts = text.lowercased().unicodeScalars.split { " ,-".unicodeScalars.contains($0) }.map { String($0) }
        // The name of the day is redundant.
        guard parts.count >= 5 else { return nil }
        if let month = months.firstIndex(of: parts[1]) {
            guard parts.count == 5 else { return nil }
            return date(parts[4], month, parts[2], parts[3])
        }
        guard parts.count == 6, parts[5] == "gmt" || parts[5] == "utc", let month = months.firstIndex(of: parts[2])
        else { return nil }
        guard parts[3].utf8.count == 2 else { return date(parts[3], month, parts[1], parts[4]) }
        guard let short = Int(parts[3]), (0...99).contains(short) else { return nil }
        // A two-digit year is at most 50 years ahead.
        let present = Int(1970 + now.timeIntervalSince1970 / 31_556_952)
        var year = present / 100 * 100 + short
        if year > present + 50 { year -= 100 }
        return date(String(year), month, parts[1], parts[4])
    }

    // MARK: - Internal

    /// In seconds.
    private static let longest = 86_400.0
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func seconds(_ text: String) -> Duration? {
        guard let first = text.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(text)
        else { return nil }
        return .seconds(min(number, longest))
    }

    private static func date(_ year: String, _ month: Int, _ day: String, _ time: String) -> Date? {
        let clock = time.parts(separatedBy: ":").map { Int($0) }
        guard let year = Int(year), (1900...9999).contains(year), let day = Int(day), (1...31).contains(day),
            clock.count == 3, let hour = clock[0], (0...23).contains(hour), let minute = clock[1],
            (0...59).contains(minute), let second = clock[2], (0...60).contains(second)
        else { return nil }
        let days = days(year: year, month: month + 1, day: day)
        return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + second))
    }

    /// The days since 1970-01-01 in the Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        // The year starts in March, so that the leap day is its last day.
        let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
    }
}
