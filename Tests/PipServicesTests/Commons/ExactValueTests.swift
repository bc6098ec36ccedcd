import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Money, URLs, UUIDs, data and durations as values.
@Suite struct ExactValueTests {
    struct Bill: Codable, Sendable, Equatable {
        var total: Decimal
        var rest: Decimal?
        var link: URL
        var id: UUID
        var seal: Data
        var span: Duration
        var at: Date
    }

    private static func decimal(_ text: String) -> Decimal { Decimal(exactText: text) ?? .nan }

    private static let numbers = [
        "0", "1", "-1", "19.9", "0.1", "-0.05", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "12345678901234567890.123456789", "0.30000000000000001", "9007199254740993.5",
        "8.500000000000001", "0.1000000000000000055511151231257827", "340282366920938463463374607431768211455",
        "-99999999999999999999999999999999999999",
    ]

    @Test("A Decimal keeps all its digits in JSON, in both directions", arguments: numbers)
    func decimalsAreExact(text: String) throws {
        let number = Self.decimal(text)
        #expect(try JSONConverter.toJSON([number]) == "[\(text)]")
        #expect(try JSONConverter.fromJSON([Decimal].self, "[\(text)]") == [number])
        #expect(try AnyValue(encoding: number).decode(Decimal.self) == number)
        // Also as a dynamic value: in files, caches and untyped commands.
        #expect(JSONConverter.toJSON(try JSONConverter.fromJSON("[\(text)]")) == "[\(text)]")
        let dynamic = try AnyValue(encoding: number)
        #expect(try JSONConverter.fromJSON(text) == dynamic)
    }

    @Test("Two decimals with the same value are equal") func decimalsDiffer() {
        let values = ["9223372036854775808", "9223372036854775809", "0.30000000000000001"].map {
            AnyValue.decimal(Self.decimal($0))
        }
        #expect(values[0] == values[0] && values[0] != values[1] && values[1] != values[2])
    }

    @Test(
        "Decimals far from 1 keep their value",
        arguments: ["1e-38", "1e49", "-1.5e60", "3e-100", "1e164", "99999999999999999999999999999999999999e127"])
    func farDecimals(text: String) throws {
        let number = Self.decimal(text)
        #expect(!number.isNaN)
        #expect(try JSONConverter.fromJSON(Decimal.self, try JSONConverter.toJSON(number)) == number)
    }

    @Test(
        "A string that a Decimal can't represent exactly is not a decimal",
        arguments: ["", "-", ".", "1,5", "1e", "1e200", "12x", "١"])
    func badDecimals(text: String) { #expect(Decimal(exactText: text) == nil) }

    @Test("Random decimals survive JSON and keep their order") func randomDecimals() throws {
        let random = SeededRandom(seed: 51_019)
        print("random decimals: seed 51019")
        var all: [Decimal] = []
        for _ in 0..<400 {
            let digits = (0..<random.next(in: 1..<38)).map { _ in "\(random.next(in: 0..<10))" }.joined()
            all.append(Self.decimal("\(random.next(in: 0..<2) == 0 ? "-" : "")\(digits)e\(random.next(in: -30..<20))"))
        }
        for number in all {
            #expect(!number.isNaN)
            #expect(try JSONConverter.fromJSON(Decimal.self, try JSONConverter.toJSON(number)) == number)
        }
        for (left, right) in zip(all, all.dropFirst()) {
            let order = ValueOrder.compare(AnyValue(left), AnyValue(right))
            #expect(order == -ValueOrder.compare(AnyValue(right), AnyValue(left)), "\(left) \(right)")
            let (first, second) = (left.nearestDouble, right.nearestDouble)
            if first != second { #expect(order == (first < second ? -1 : 1), "\(left) \(right)") }
        }
    }

    @Test("A double has the same digits in JSON") func doublesStay() throws {
        for number in [
            0.1, 0.30000000000000004, 1e21, 1.7976931348623157e308, Double.leastNonzeroMagnitude, -1.5,
            12345678901234567e3,
        ] {
            let value = try JSONConverter.fromJSON("[\(JSONConverter.toJSON(.double(number)))]")
            #expect(try value.decode([Double].self) == [number])
        }
        #expect(try JSONConverter.fromJSON("0.30000000000000004") == .double(0.30000000000000004))
        #expect(try JSONConverter.fromJSON("1.50") == .double(1.5))
    }

    @Test("Numbers of all types have one order, and equal numbers have equal hashes") func oneOrder() throws {
        let texts = [
            "-1e300", "-99999999999999999999", "-1.5", "0", "0.1", "0.10000000000000000001", "1", "9007199254740992.5",
            "9007199254740993", "1234567890123456780.5", "1234567890123456790", "12345678901234567000",
            "12345678901234567100", "1e300",
        ]
        let values = try texts.map { try JSONConverter.fromJSON($0) }
        for (index, left) in values.enumerated() {
            for (other, right) in values.enumerated() {
                let order = ValueOrder.compare(left, right)
                #expect(order == (index - other).signum(), "\(texts[index]) \(texts[other])")
            }
        }
        let equal: [(AnyValue, AnyValue)] = [(.decimal(2), .integer(2)), (.decimal(Self.decimal("0.1")), .double(0.1))]
        for (left, right) in equal {
            #expect(HashedValue(left) == HashedValue(right))
            #expect(Set([HashedValue(left), HashedValue(right)]).count == 1)
            #expect(ObjectComparator.areEqual(left, right))
        }
        let (small, large) = (values[4], values[5])
        #expect(ObjectComparator.isLess(small, large))
        #expect(!ObjectComparator.areEqual(small, large))
    }

    @Test("A decimal converts as other numbers do") func conversions() {
        let value = AnyValue(Self.decimal("12345678901234567.5"))
        #expect(value.getAsString() == "12345678901234567.5")
        #expect(value.getAsLong() == 12_345_678_901_234_568)
        #expect(AnyValue(Self.decimal("-12345678901234567.5")).getAsLong() == -12_345_678_901_234_567)
        let rounded: [(String, Int64)] = [
            ("12345678901234567.4", 12_345_678_901_234_567), ("12345678901234567.6", 12_345_678_901_234_568),
            ("-12345678901234567.4", -12_345_678_901_234_567), ("-12345678901234567.51", -12_345_678_901_234_568),
            ("-12345678901234567.6", -12_345_678_901_234_568), ("-99999999999999999999", .min),
        ]
        for (text, number) in rounded { #expect(AnyValue(Self.decimal(text)).getAsLong() == number, "\(text)") }
        #expect(AnyValue(Self.decimal("99999999999999999999")).getAsLong() == .max)
        #expect(value.getAsDouble() == 12_345_678_901_234_568)
        #expect(value.getAsBoolean())
        #expect(value.typeCode == .double)
        #expect(value.getAsNullableDecimal() == Self.decimal("12345678901234567.5"))
        #expect(AnyValue.string("1.10").getAsDecimal() == Self.decimal("1.1"))
        #expect(AnyValue.string("1,10").getAsNullableDecimal() == nil)
        #expect(AnyValue(Decimal.nan).isNaN)
    }

    @Test("URLs, UUIDs, data and durations have the format of all editions") func forms() throws {
        let id = try #require(UUID(uuidString: "0F8FAD5B-D9CB-469F-A165-70867728950E"))
        let bill = Bill(
            total: Self.decimal("19.90"), rest: nil, link: try #require(URL(string: "https://a.b/c?d=%20e")), id: id,
            seal: Data([1, 2, 255]), span: .milliseconds(1500) + .microseconds(250),
            at: Date(timeIntervalSince1970: 1.234))
        let text = try JSONConverter.toJSON(bill)
        #expect(
            text == #"{"total":19.9,"link":"https://a.b/c?d=%20e","id":"0f8fad5b-d9cb-469f-a165-70867728950e","#
                + #""seal":"AQL/","span":1500.25,"at":"1970-01-01T00:00:01.234Z"}"#)
        #expect(try JSONConverter.fromJSON(Bill.self, text) == bill)
        #expect(try AnyValue.string(id.uuidString).decode(UUID.self) == id)
        for span in [Duration.zero, .milliseconds(-1500), .nanoseconds(-1), .seconds(Int64.max / 1000)] {
            #expect(try AnyValue(encoding: span).decode(Duration.self) == span)
        }
    }

    @Test(
        "A malformed value is reported with its path",
        arguments: [
            ("total", "19.90", "TYPE_MISMATCH"), ("link", 5, "TYPE_MISMATCH"), ("id", "x", "BAD_VALUE"),
            ("seal", "%", "TYPE_MISMATCH"), ("span", "1s", "TYPE_MISMATCH"), ("span", 1e300, "TYPE_MISMATCH"),
            ("link", "", "BAD_VALUE"),
        ] as [(String, AnyValue, String)])
    func malformed(name: String, value: AnyValue, code: String) throws {
        var map = try #require(
            try JSONConverter.fromJSON(
                #"{"total":1,"link":"http://a","id":"0f8fad5b-d9cb-469f-a165-70867728950e","seal":"","span":1,"at":0}"#
            ).map)
        #expect(AnyValue.map(map).findings(decoding: Bill.self).isEmpty)
        map[name] = value
        let schema = try #require(DerivedSchema.schema(of: Bill.self))
        #expect(schema.validate(.map(map)).map { "\($0.path) \($0.code)" } == ["\(name) \(code)"])
        #expect(AnyValue.map(map).findings(decoding: Bill.self).map(\.path) == [name])
    }

    @Test("API documents contain the formats") func documents() throws {
        let document = OpenAPIDocument(
            OpenAPIInfo(title: "T"), baseRoute: "t", commands: [Command("pay") { (_, bill: Bill) in bill }])
        let schema = document.content["paths"]?["/t/pay"]?["post"]?["requestBody"]?["content"]?["application/json"]
        let properties = try #require(schema?["schema"]?["properties"])
        #expect(properties["total"] == ["type": "number", "format": "decimal"])
        #expect(properties["link"] == ["type": "string", "format": "uri"])
        #expect(properties["id"] == ["type": "string", "format": "uuid"])
        #expect(properties["seal"] == ["type": "string", "format": "byte"])
        #expect(properties["span"] == ["type": "number", "description": "milliseconds"])
    }

    @Test("Dates are truncated to milliseconds everywhere") func datesHaveOnePrecision() throws {
        let precise = Date(timeIntervalSince1970: 1.234_567)
        let stored = try AnyValue(encoding: precise)
        #expect(stored == .date(Date(timeIntervalSince1970: 1.234)))
        #expect(precise.fieldValue == stored)
        #expect(try JSONConverter.fromJSON(Date.self, try JSONConverter.toJSON(precise)).fieldValue == stored)
        #expect(ValueOrder.compare(.date(precise), stored) == 0)
        #expect(HashedValue(.date(precise)).hashValue == HashedValue(stored).hashValue)
        #expect(DateTimeConverter.toNullableDateTime(.date(precise)) == Date(timeIntervalSince1970: 1.234))
        // A date so far away has no milliseconds.
        let far = Date(timeIntervalSince1970: 1e17)
        #expect(DateTimeConverter.toNullableDateTime(.date(far)) == far)
    }
}
