import FoundationEssentials

/// Reads and writes dates in the toolkit's format, `2024-01-31T12:00:00.000Z`. It also reads the formats of all
/// editions.
enum ISODate {
    /// Returns milliseconds since 1970, rounded down.
    static func milliseconds(_ date: Date) -> Int64 {
        // A `Date` is a binary fraction of a second: 12:00:00.678 is stored slightly below that value.
        let value = (date.timeIntervalSince1970 * 1000 + 0.0005).rounded(.down)
        guard value > -0x1p62, value < 0x1p62 else { return value < 0 ? -(1 << 62) : 1 << 62 }
        return Int64(value)
    }

    /// Returns the date, truncated to milliseconds, the precision of all editions.
    static func wholeMilliseconds(_ date: Date) -> Date {
        let seconds = date.timeIntervalSince1970
        // Beyond this, a `Date` has less than millisecond precision.
        guard seconds.magnitude < 1e11 else { return date }
        return Date(timeIntervalSince1970: Double(milliseconds(date)) / 1000)
    }

    static func format(_ date: Date) -> String {
        let total = milliseconds(date)
        let days = Int(total.quotient(dividingDown: 86_400_000))
        let time = Int(total - Int64(days) * 86_400_000)
        let (year, month, day) = civil(days: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        func put(_ value: Int, _ width: Int, then separator: UInt8) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(48 + value / divisor % 10))
                divisor /= 10
            }
            bytes.append(separator)
        }
        if !(0...9999).contains(year) { bytes.append(UInt8(ascii: year < 0 ? "-" : "+")) }
        put(abs(year) % 1_000_000, (0...9999).contains(year) ? 4 : 6, then: UInt8(ascii: "-"))
        put(month, 2, then: UInt8(ascii: "-"))
        put(day, 2, then: UInt8(ascii: "T"))
        put(time / 3_600_000, 2, then: UInt8(ascii: ":"))
        put(time / 60_000 % 60, 2, then: UInt8(ascii: ":"))
        put(time / 1000 % 60, 2, then: UInt8(ascii: "."))
        put(time % 1000, 3, then: UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Parses `2024-01-31` or `2024-01-31T12:00:00`, optionally with a fraction, a space instead of `T`, and `Z` or an
    /// offset. Without a time zone the date is in UTC. Digits after the milliseconds are truncated.
    static func parse(_ text: String) -> Date? {
        var scanner = Scanner(text.trimmed)
        // Years with more or fewer than four digits have a sign and six digits.
        let sign = scanner.skip("+") ? 1 : scanner.skip("-") ? -1 : 0
        guard let digits = scanner.number(sign == 0 ? 4...4 : 6...6), scanner.skip("-"),
            let month = scanner.number(1...2), (1...12).contains(month), scanner.skip("-"),
            let day = scanner.number(1...2), (1...daysOf(month, digits)).contains(day)
        else { return nil }
        let year = sign < 0 ? -digits : digits
        var total = Int64(days(year, month, day)) * 86_400_000
        if scanner.isAtEnd { return Date(timeIntervalSince1970: Double(total) / 1000) }
        guard scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(1...2), hour < 24, scanner.skip(":"),
            let minute = scanner.number(2...2), minute < 60
        else { return nil }
        total += Int64(hour) * 3_600_000 + Int64(minute) * 60_000
        if scanner.skip(":") {
            guard let second = scanner.number(2...2), second < 61 else { return nil }
            total += Int64(second) * 1000
            if scanner.skip(".") {
                guard let fraction = scanner.milliseconds() else { return nil }
                total += Int64(fraction)
            }
        }
        guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
        return Date(timeIntervalSince1970: Double(total - Int64(offset) * 60_000) / 1000)
    }

    // MARK: - Calendar

    private static func daysOf(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Returns days since 1970-01-01 in the Gregorian calendar. Years start in March here, so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year.quotient(dividingDown: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.quotient(dividingDown: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ widths: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { (48...57).contains($0) }
            guard widths.contains(digits.count) else { return nil }
            rest.removeFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
        }

        mutating func milliseconds() -> Int? {
            let digits = rest.prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest.removeFirst(digits.count)
            var value = 0
            var left = 3
            for digit in digits.prefix(3) {
                value = value * 10 + Int(digit) - 48
                left -= 1
            }
            for _ in 0..<left { value *= 10 }
            return value
        }

        /// Returns minutes east of UTC; nil if no time zone follows.
        mutating func offset() -> Int? {
            if isAtEnd || skip("Z") || skip("z") { return 0 }
            let sign: Int
            if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
            if let time = number(3...4) { return sign * (time / 100 * 60 + time % 100) }
            guard let hours = number(2...2) else { return nil }
            if isAtEnd { return sign * hours * 60 }
            guard skip(":"), let minutes = number(2...2) else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}

extension BinaryInteger {
    /// Division that rounds down, also for negative numbers.
    func quotient(dividingDown divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
