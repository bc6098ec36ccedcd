import FoundationEssentials
import Glibc

/// The standard functions of every calculator.
enum StandardFunctions {
    static func all(clock: any ClockSource, random: any RandomSource) -> [ExpressionFunction] {
        timed(clock) + logical + numbers(random) + other
    }

    // MARK: - Time

    private static func timed(_ clock: any ClockSource) -> [ExpressionFunction] {
        [
            ExpressionFunction("Ticks", 0...0) { _, _ throws(ApplicationError) in
                .long(ISODate.milliseconds(clock.now))
            },
            ExpressionFunction("TimeSpan", 1...5, native: timeSpan),
            ExpressionFunction("Now", 0...0) { _, _ throws(ApplicationError) in .dateTime(clock.now) },
            ExpressionFunction("Date", 1...7, native: date),
            ExpressionFunction("DayOfWeek", 1...1) { arguments, operations throws(ApplicationError) in
                let value = try operations.convert(arguments.at(0), to: .dateTime)
                guard case .dateTime(let date) = value else {
                    throw VariantError.conversion(arguments.at(0).type, .dateTime)
                }
                let days = ISODate.milliseconds(date).quotient(dividingDown: 86_400_000)
                // 1970-01-01 was a Thursday; Sunday is 0.
                let day = (days + 4) % 7
                return .integer(day < 0 ? day + 7 : day)
            },
        ]
    }

    private static func timeSpan(
        _ arguments: ArraySlice<Variant>, _ operations: any VariantOperations
    ) throws(ApplicationError) -> Variant {
        if arguments.count == 2 { throw ExpressionFunction.wrongCount("1, 3, 4 or 5", 2) }
        if arguments.count == 1 { return .timeSpan(try whole(arguments.at(0), operations)) }
        // Days, hours, minutes, seconds, milliseconds.
        var total: Int64 = 0
        for (index, scale): (Int, Int64) in [(0, 1), (1, 24), (2, 60), (3, 60), (4, 1000)] {
            let part = index < arguments.count ? try whole(arguments.at(index), operations) : 0
            let (scaled, isTooLarge) = total.multipliedReportingOverflow(by: scale)
            let (sum, isTooLargeInSum) = scaled.addingReportingOverflow(part)
            guard !isTooLarge, !isTooLargeInSum else { throw VariantError.outOfRange("The time span") }
            total = sum
        }
        return .timeSpan(total)
    }

    /// Creates a date from milliseconds since 1970, or from the parts of a date in UTC. Parts out of range carry over,
    /// as in all editions: month 13 is January of the next year.
    private static func date(
        _ arguments: ArraySlice<Variant>, _ operations: any VariantOperations
    ) throws(ApplicationError) -> Variant {
        if arguments.count == 1 {
            let value = AnyValue.integer(try whole(arguments.at(0), operations))
            return DateTimeConverter.toNullableDateTime(value).map { .dateTime($0) } ?? .empty(.dateTime)
        }
        var parts: [Int64] = [1970, 1, 1, 0, 0, 0, 0]
        for index in 0..<min(parts.count, arguments.count) {
            parts[index] = try operations.integer(arguments.at(index))
            // Out of range for any date. Smaller numbers can't overflow below.
            guard parts[index].magnitude < 10_000_000_000_000_000 / 86_400_000 * 1000 else { return .empty(.dateTime) }
        }
        let months = parts[0] * 12 + parts[1] - 1
        let days = daysToMonth(months) + parts[2] - 1
        let seconds = parts[3] * 3600 + parts[4] * 60 + parts[5]
        let milliseconds = Double(days) * 86_400_000 + Double(seconds) * 1000 + Double(parts[6])
        return DateTimeConverter.toNullableDateTime(.double(milliseconds)).map { .dateTime($0) } ?? .empty(.dateTime)
    }

    /// Returns the days from 1970-01-01 to the first of a month. Months are counted from January of the year 0.
    private static func daysToMonth(_ months: Int64) -> Int64 {
        // Years start in March here, so that the leap day is the last one.
        let shifted = months - 2
        let year = shifted.quotient(dividingDown: 12)
        let month = shifted - year * 12
        let leapDays =
            year.quotient(dividingDown: 4) - year.quotient(dividingDown: 100) + year.quotient(dividingDown: 400)
        return year * 365 + leapDays + (month * 153 + 2) / 5 - 719_468
    }

    // MARK: - Choice

    private static let logical = [
        ExpressionFunction("Min", 2...Int.max) { arguments, operations throws(ApplicationError) in
            var result = arguments.at(0)
            for value in arguments.dropFirst() where try operations.more(result, value).asBoolean == true {
                result = value
            }
            return result
        },
        ExpressionFunction("Max", 2...Int.max) { arguments, operations throws(ApplicationError) in
            var result = arguments.at(0)
            for value in arguments.dropFirst() where try operations.less(result, value).asBoolean == true {
                result = value
            }
            return result
        },
        ExpressionFunction("Sum", 2...Int.max) { arguments, operations throws(ApplicationError) in
            var result = arguments.at(0)
            for value in arguments.dropFirst() { try operations.add(to: &result, value) }
            return result
        },
        ExpressionFunction("If", 3...3) { arguments, operations throws(ApplicationError) in
            let condition = try operations.convert(arguments.at(0), to: .boolean)
            return arguments.at(condition.asBoolean == true ? 1 : 2)
        },
        ExpressionFunction("Choose", 3...Int.max) { arguments, operations throws(ApplicationError) in
            let index = try operations.integer(arguments.at(0))
            guard index >= 0, index < arguments.count else {
                throw ExpressionFunction.wrongCount("enough", arguments.count)
            }
            return arguments.at(Int(index))
        },
    ]

    // MARK: - Numbers

    private static func numbers(_ random: any RandomSource) -> [ExpressionFunction] {
        let chance: ExpressionFunction.Native = { _, _ throws(ApplicationError) in
            // A fraction has 53 bits: the range is 0 up to but excluding 1.
            .double(Double(random.next() >> 11) * 0x1p-53)
        }
        return [
            ExpressionFunction("E", 0...0) { _, _ throws(ApplicationError) in .double(2.718281828459045) },
            ExpressionFunction("Pi", 0...0) { _, _ throws(ApplicationError) in .double(.pi) },
            ExpressionFunction("Rnd", 0...0, native: chance),
            ExpressionFunction("Random", 0...0, native: chance),
            ExpressionFunction("Abs", 1...1, native: abs),
            function("Acos", acos), function("Asin", asin), function("Atan", atan), function("Exp", exp),
            function("Log", log), function("Ln", log), function("Log10", log10),
            function("Cos", cos), function("Sin", sin), function("Tan", tan),
            function("Sqr") { $0.squareRoot() }, function("Sqrt") { $0.squareRoot() },
            wholeFunction("Ceil") { $0.rounded(.up) }, wholeFunction("Ceiling") { $0.rounded(.up) },
            wholeFunction("Floor") { $0.rounded(.down) },
            // Rounds halves up, also for negative numbers.
            wholeFunction("Round") { number in
                let floor = number.rounded(.down)
                return number - floor >= 0.5 ? floor + 1 : floor
            },
            wholeFunction("Trunc") { $0.rounded(.towardZero) },
            wholeFunction("Truncate") { $0.rounded(.towardZero) },
        ]
    }

    private static func function(_ name: String, _ body: @escaping @Sendable (Double) -> Double) -> ExpressionFunction {
        ExpressionFunction(name, 1...1) { arguments, operations throws(ApplicationError) in
            .double(body(try operations.double(arguments.at(0))))
        }
    }

    /// Creates a function that returns integers. Results beyond 64 bits stay doubles.
    private static func wholeFunction(
        _ name: String, _ body: @escaping @Sendable (Double) -> Double
    ) -> ExpressionFunction {
        ExpressionFunction(name, 1...1) { arguments, operations throws(ApplicationError) in
            let result = body(try operations.double(arguments.at(0)))
            return Int64(exactly: result).map { .integer($0) } ?? .double(result)
        }
    }

    private static func abs(
        _ arguments: ArraySlice<Variant>, _ operations: any VariantOperations
    ) throws(ApplicationError) -> Variant {
        switch arguments.at(0) {
        case .integer(let value) where value < 0: try operations.negative(.integer(value))
        case .long(let value) where value < 0: try operations.negative(.long(value))
        case .integer, .long: arguments.at(0)
        case .float(let value): .float(value.magnitude)
        default: .double(try operations.double(arguments.at(0)).magnitude)
        }
    }

    private static func whole(
        _ value: Variant, _ operations: any VariantOperations
    ) throws(ApplicationError) -> Int64 {
        guard let number = try operations.convert(value, to: .long).asLong else {
            throw VariantError.conversion(value.type, .long)
        }
        return number
    }

    // MARK: - Other

    private static let other = [
        ExpressionFunction("Empty", 1...1) { arguments, _ throws(ApplicationError) in
            .boolean(arguments.at(0).isEmpty)
        },
        ExpressionFunction("Null", 0...0) { _, _ throws(ApplicationError) in .null },
        ExpressionFunction("Contains", 2...2) { arguments, operations throws(ApplicationError) in
            let container = try operations.convert(arguments.at(0), to: .string)
            let part = try operations.convert(arguments.at(1), to: .string)
            guard case .string(let container) = container, case .string(let part) = part else {
                return .boolean(false)
            }
            return .boolean(contains(Array(container.utf8), Array(part.utf8)))
        },
        ExpressionFunction("Array", 0...Int.max) { arguments, _ throws(ApplicationError) in .array(Array(arguments)) },
    ]

    /// Takes linear time (Knuth-Morris-Pratt).
    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty else { return true }
        guard part.count <= text.count else { return false }
        var borders = [Int](repeating: 0, count: part.count)
        var matched = 0
        for index in 1..<part.count {
            while matched > 0, part[index] != part[matched] { matched = borders[matched - 1] }
            if part[index] == part[matched] { matched += 1 }
            borders[index] = matched
        }
        matched = 0
        for byte in text {
            while matched > 0, byte != part[matched] { matched = borders[matched - 1] }
            if byte == part[matched] { matched += 1 }
            if matched == part.count { return true }
        }
        return false
    }
}

extension ArraySlice<Variant> {
    /// Returns an argument by its index; null if it is missing.
    fileprivate func at(_ index: Int) -> Variant { index < count ? self[startIndex + index] : .null }
}
