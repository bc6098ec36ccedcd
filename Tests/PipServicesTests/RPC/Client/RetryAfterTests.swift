import FoundationEssentials
import Testing

@testable import PipServices

@Suite struct RetryAfterTests {
    /// 1994-11-06 08:49:07 UTC.
    private let now = Date(timeIntervalSince1970: 784_111_747)

    @Test(
        "All forms of Retry-After are parsed",
        arguments: [
            ("0", 0), ("120", 120), (" 7 ", 7), ("1.5", 1.5), ("99999999999999999999", 86_400),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 30), ("sun, 06 nov 1994 08:49:37 gmt", 30),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 30), ("Sun Nov  6 08:49:37 1994", 30),
            ("Sun, 06 Nov 1994 08:48:37 GMT", 0), ("Thu, 29 Feb 2024 00:00:00 GMT", 86_400),
        ] as [(String, Double)])
    func forms(text: String, seconds: Double) {
        #expect(RetryAfter.delay(text, now: now) == .seconds(seconds))
    }

    @Test(
        "A malformed Retry-After is ignored",
        arguments: [
            "", "soon", "-1", "+1", "1e3", "1.5.2", "0x10", "nan", "Sun, 06 Xxx 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun Nov 6 1994",
            "\u{662}",
        ])
    func others(text: String) {
        #expect(RetryAfter.delay(text, now: now) == nil)
    }

    @Test(
        "Days are counted in the Gregorian calendar",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:10 GMT", 0), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
        ] as [(String, Double)])
    func days(text: String, seconds: Double) {
        let before = Date(timeIntervalSince1970: seconds - 5)
        #expect(RetryAfter.delay(text, now: before) == .seconds(seconds == 0 ? 15 : 5))
    }
}
