import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

@Suite struct StandardFunctionTests {
    private static let clock = VirtualClock(Date(timeIntervalSince1970: 1_577_934_245.678))

    private func evaluate(_ expression: String) throws -> Variant {
        let functions = FunctionCollection.standard(clock: Self.clock, random: SeededRandom(seed: 5))
        return try ExpressionCalculator(expression, functions: functions).evaluate()
    }

    @Test func theClockAndTheRandomNumbersComeFromTheirSources() throws {
        let ticks = try evaluate("Ticks()")
        #expect(ticks == .long(1_577_934_245_678))
        let now = try evaluate("Now() - Date(2020, 1, 2, 3, 4, 5, 678)")
        #expect(now == .timeSpan(0))
        for name in ["Rnd", "Random"] {
            let value = try evaluate("\(name)()").asDouble ?? -1
            #expect((0..<1).contains(value))
            let same = try evaluate("\(name)()").asDouble
            #expect(same == value)
        }
    }

    @Test(arguments: [
        ("Date(2020, 1, 2, 3, 4, 5, 678)", "2020-01-02T03:04:05.678Z"), ("Date(2020)", "1970-01-01T00:00:02.020Z"),
        ("Date(2020, 2)", "2020-02-01T00:00:00.000Z"), ("Date(2020, 13, 1)", "2021-01-01T00:00:00.000Z"),
        ("Date(2021, 2, 29)", "2021-03-01T00:00:00.000Z"), ("Date(2020, 2, 29)", "2020-02-29T00:00:00.000Z"),
        ("Date(1900, 3, 0)", "1900-02-28T00:00:00.000Z"), ("Date(2020, 0, 1)", "2019-12-01T00:00:00.000Z"),
        ("Date(1969, 12, 31, 23, 59, 59, 999)", "1969-12-31T23:59:59.999Z"),
        ("Date(9223372036854775807, 1, 1)", "null"), ("Date(0 - 9223372036854775807, 12)", "null"),
    ])
    func datesAreMadeOfParts(_ expression: String, _ expected: String) throws {
        let value = try evaluate(expression)
        #expect(value.type == .dateTime)
        #expect(value.description == expected)
    }

    @Test(arguments: [("DayOfWeek(Date(2020,1,2))", 4), ("DayOfWeek(Date(1969,12,28))", 0), ("DayOfWeek(0)", 4)])
    func daysOfTheWeekStartOnSunday(_ expression: String, _ expected: Int64) throws {
        let value = try evaluate(expression)
        #expect(value == .integer(expected))
    }

    @Test func timeSpansAreMilliseconds() throws {
        let one = try evaluate("TimeSpan(90)")
        #expect(one == .timeSpan(90))
        let five = try evaluate("TimeSpan(1, 2, 3, 4, 5)")
        #expect(five == .timeSpan(93_784_005))
        let three = try evaluate("TimeSpan(1, 0, 1) + TimeSpan(1000)")
        #expect(three == .timeSpan(86_461_000))
        for wrong in ["TimeSpan(1, 2)", "TimeSpan()", "TimeSpan(1,2,3,4,5,6)"] {
            #expect(throws: ApplicationError.self) { try evaluate(wrong) }
        }
        do throws(ApplicationError) {
            _ = try ExpressionCalculator("TimeSpan(9223372036854775807, 1, 1)").evaluate()
            Issue.record("no error")
        } catch {
            #expect(error.code == "OUT_OF_RANGE")
        }
    }

    @Test(arguments: [
        ("Min(3, 1, 2)", 1.0), ("Max(3, 1, 2)", 3), ("Sum(1, 2, 3)", 6), ("If(TRUE, 1, 2)", 1), ("If(0, 1, 2)", 2),
        ("Choose(2, 10, 20)", 20), ("Round(-1.5)", -1), ("Round(2.5)", 3), ("Round(0.49999999999999994)", 0),
        ("Trunc(-1.9)", -1), ("Truncate(1.9)", 1), ("Ceil(1.1)", 2), ("Ceiling(-1.1)", -1), ("Floor(-1.1)", -2),
        ("Abs(-2)", 2), ("Sqr(9)", 3), ("Sqrt(16)", 4), ("Log10(1000)", 3), ("Round(Exp(Ln(5)))", 5),
        ("Round(Acos(0) * 1000)", 1571), ("Asin(0) + Atan(0) + Sin(0) + Tan(0)", 0), ("Cos(0)", 1), ("Log(E())", 1),
        ("Floor(Pi() * 100)", 314), ("Floor(1e300)", 1e300),
    ])
    func numbersComeOut(_ expression: String, _ expected: Double) throws {
        let value = DoubleConverter.toDouble(try evaluate(expression).asObject)
        #expect(abs(value - expected) <= abs(expected) * 1e-12 + 1e-12)
    }

    @Test(arguments: [
        ("Contains('abcabd', 'abd')", true), ("Contains('aaab', 'aab')", true), ("Contains('abc', '')", true),
        ("Contains('', 'a')", false), ("Contains(12345, 34)", true), ("Empty('')", false), ("Empty(Array())", false),
        ("2 IN Array(1, 2)", true), ("Empty(n)", true),
    ])
    func conditionsComeOut(_ expression: String, _ expected: Bool) throws {
        let value = try ExpressionCalculator(expression).evaluate()
        #expect(value == .boolean(expected))
    }

    @Test func searchingTextTakesTimeOfBothLengthsOnly() throws {
        // A naive search would compare 10,000,000,000 times.
        let text = String(repeating: "a", count: 200_000)
        let part = String(repeating: "a", count: 100_000) + "b"
        let value = try ExpressionCalculator("Contains(t, p)").evaluate(["t": .string(text), "p": .string(part)])
        #expect(value == false)
    }
}
