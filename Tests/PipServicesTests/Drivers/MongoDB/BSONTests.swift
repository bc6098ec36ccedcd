import Foundation
import Testing

@testable import PipServices

/// Bytes of BSON against its specification, and what is no BSON.
@Suite struct BSONTests {
    struct Model: Codable, Hashable {
        struct Place: Codable, Hashable {
            var city: String?
            var floors: [Int]
        }

        var id = "1"
        var small = 7
        var large = Int64(1) << 40
        var negative: Int8 = -3
        var unsigned = UInt64(5)
        var fraction = 1.5
        var single: Float = 0.1
        var exact = Decimal(string: "12345678901234567890.123456789") ?? 0
        var isActive = true
        var missing: String?
        var time = Date(timeIntervalSince1970: -1.5)
        var bytes = Data([0, 255])
        var link = URL(string: "https://example.com/a?b=c")
        var uuid = UUID(uuidString: "C0FFEE00-0000-4000-8000-00000000000A")
        var span = Duration.milliseconds(1500)
        var place: Place? = Place(city: nil, floors: [1, 2])
        var tags = ["a", "", "\u{0}", "🌍"]
        var nested: [[String: Int]] = [["x": 1], [:]]
        var any: AnyValue = ["k": [1, nil, 2.5, "s"]]
        var object = ObjectID("0123456789abcdefABCDEF00")
        var binary = BSONBinary(Data([1, 2, 3]), subtype: 128)
    }

    @Test("Values of all types survive a round trip")
    func roundTrip() throws {
        let bytes = try BSONEncoder(rename: MongoDBFields.stored).encode(Model())
        let back = try BSONDecoder(rename: MongoDBFields.stored).decode(Model.self, bytes)
        #expect(back == Model())
        let values = try BSONReader(bytes).map(in: bytes.indices)
        #expect(values["_id"] == "1")
        #expect(values["id"] == nil)
        #expect(values["time"] == .date(Date(timeIntervalSince1970: -1.5)))
        #expect(values["object"] == "0123456789abcdefabcdef00")
        #expect(values["uuid"] == "c0ffee00-0000-4000-8000-00000000000a")
    }

    @Test("The bytes match the specification")
    func bytesOfTheSpecification() throws {
        #expect(
            try BSONEncoder().encode(["hello": "world"]) == [
                0x16, 0, 0, 0, 0x02, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0, 0x06, 0, 0, 0, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0, 0,
            ])
        #expect(try BSONEncoder().encode(["a": 1]) == [0x0C, 0, 0, 0, 0x10, 0x61, 0, 1, 0, 0, 0, 0])
        #expect(try BSONEncoder().encode(["a": Int64(1) << 33]).contains(0x12))
        #expect(try BSONEncoder().encode([String: Int]()) == [5, 0, 0, 0, 0])
        #expect(
            try BSONEncoder().encode(["a": [true]]) == [
                0x11, 0, 0, 0, 0x04, 0x61, 0, 0x09, 0, 0, 0, 0x08, 0x30, 0, 1, 0, 0,
            ])
    }

    @Test(
        "Decimals have the digits and encoding of IEEE 754",
        arguments: [
            ("1", 1, 0x3040_0000_0000_0000), ("-0.01", 1, 0xB03C_0000_0000_0000),
            ("1000", 0x3E8, 0x3040_0000_0000_0000),
            ("12345678901234567890.123456789", 0x46BE_C9B1_6E39_8115, 0x302E_0000_27E4_1B32),
        ] as [(String, UInt64, UInt64)])
    func decimals(_ text: String, _ low: UInt64, _ high: UInt64) throws {
        let number = try #require(Decimal(string: text))
        let coded = try #require(Decimal128(number))
        #expect(
            coded == Decimal128(low: low, high: high),
            "\(String(coded.low, radix: 16)) \(String(coded.high, radix: 16))")
        #expect(coded.value == AnyValue(number))
    }

    @Test("Unrepresentable decimals are rejected without loss")
    func strangeDecimals() {
        #expect(Decimal128(low: 0, high: 0x7C00_0000_0000_0000).value.isNaN)
        #expect(Decimal128(low: 0, high: 0x7800_0000_0000_0000).value == .double(.infinity))
        #expect(Decimal128(low: 0, high: 0xF800_0000_0000_0000).value == .double(-.infinity))
        #expect(Decimal128(low: 1, high: 0x5FFE_0000_0000_0000).value == .double(.infinity))
        #expect(Decimal128(low: 0, high: 0x6C10_0000_0000_0000).value == 0)
        // More than 34 digits stand for zero.
        #expect(Decimal128(low: .max, high: 0x3041_FFFF_FFFF_FFFF).value == 0)
        #expect(Decimal128(Decimal(string: "12345678901234567890123456789012345") ?? 0) == nil)
        #expect(Decimal128(Decimal(string: "1234567890123456789012345678901234000") ?? 0) != nil)
        // As many digits as there is room for keep their zeros.
        let widest = Decimal128(Decimal(string: "1234567890123456789012345678901230") ?? 0)
        #expect(widest.map { $0.high >> 49 } == 6176)
        #expect(Decimal128(.nan)?.value.isNaN == true)
    }

    @Test("A number of any type decodes as any type that represents it")
    func numbers() throws {
        struct Whole: Codable { var a: Int }
        struct Small: Codable { var a: UInt8 }
        struct Fraction: Codable { var a: Double }
        func decode<T: Decodable>(_ type: T.Type, _ value: AnyValue) throws -> T {
            try BSONDocument(["a": value]).decode(type)
        }
        #expect(try decode(Whole.self, 3.0).a == 3)
        #expect(try decode(Fraction.self, 3).a == 3)
        #expect(
            try decode(Fraction.self, .decimal(Decimal(string: "0.1234567890123456789") ?? 0)).a == 0.12345678901234568)
        #expect(throws: ApplicationError.self) { try decode(Whole.self, 3.5) }
        #expect(throws: ApplicationError.self) { try decode(Small.self, 256) }
        #expect(throws: ApplicationError.self) { try decode(Whole.self, "3") }
        #expect(throws: ApplicationError.self) { try decode(Whole.self, .bool(true)) }
    }

    @Test("Values that MongoDB would reject are refused with the reason")
    func refusals() throws {
        func kind(_ value: some Encodable) -> BSONFault.Kind? {
            do {
                _ = try BSONEncoder(rename: MongoDBFields.stored, reserved: MongoDBFields.reserved).encode(value)
                return nil
            } catch { return (error as? BSONFault)?.kind }
        }
        for name in ["a.b", "$a", "a\u{0}b", "_id", "_order"] { #expect(kind([name: 1]) == .name, "\(name)") }
        #expect(kind(["a": ["$b": 1]]) == .name)
        #expect(kind(["a": ["b.c": 1] as AnyValue]) == .name)
        #expect(kind(["a": ["_id": 1]]) == nil)
        #expect(kind(["": 1]) == nil)
        for number in [Double.nan, .infinity, -.infinity] { #expect(kind(["a": number]) == .value) }
        #expect(kind(["a": Float.nan]) == .value)
        #expect(kind(["a": UInt64.max]) == .value)
        #expect(kind(["a": [UInt64.max]]) == .value)
        #expect(kind(5) == .value)
        #expect(kind([1, 2]) == .value)
        var deep: AnyValue = 1
        for _ in 0..<200 { deep = ["a": deep] }
        #expect(kind(["a": deep]) == .value)
        #expect(kind(Deep(200)) == .value)
        #expect(kind(Deep(50)) == nil)
    }

    final class Deep: Codable {
        var next: Deep?
        init(_ depth: Int) { next = depth > 0 ? Deep(depth - 1) : nil }
    }

    @Test("Containers filled out of order are in the right places")
    func interleavedContainers() throws {
        struct Odd: Encodable {
            enum Key: String, CodingKey { case first, second, third, list }
            func encode(to encoder: any Encoder) throws {
                var all = encoder.container(keyedBy: Key.self)
                var first = all.nestedContainer(keyedBy: Key.self, forKey: .first)
                var list = all.nestedUnkeyedContainer(forKey: .list)
                try all.encode(2, forKey: .second)
                try list.encode(1)
                try first.encode("a", forKey: .second)
                var inner = list.nestedUnkeyedContainer()
                try list.encode(3)
                try inner.encode(2)
                try first.encode("b", forKey: .third)
                var single = all.superEncoder(forKey: .third).singleValueContainer()
                try single.encode(4)
            }
        }
        let document = try BSONDocument(encoding: Odd())
        #expect(
            try document.values() == [
                "first": ["second": "a", "third": "b"], "list": [1, [2], 3], "second": 2, "third": 4,
            ])
        #expect(try document.values().keys == ["first", "list", "second", "third"])
    }

    @Test("Damaged bytes are an error, never a trap")
    func damage() throws {
        let bytes = try BSONEncoder().encode(Model())
        for end in 0..<bytes.count {
            #expect(throws: (any Error).self) { try BSONDocument(bytes: Array(bytes[..<end])).values() }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<(TestSize.isFull ? 200_000 : 5000) {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let document = BSONDocument(bytes: damaged)
            _ = try? document.values()
            _ = try? document.decode(Model.self)
        }
        #expect(throws: (any Error).self) {
            try BSONDocument(bytes: [0x0A, 0, 0, 0, 0x02, 0x61, 0, 0xFF, 0xFF, 0]).values()
        }
        // No valid UTF-8.
        let text: [UInt8] = [0x0F, 0, 0, 0, 0x02, 0x61, 0, 0x03, 0, 0, 0, 0xC3, 0x28, 0, 0]
        #expect(throws: (any Error).self) { try BSONDocument(bytes: text).values() }
    }

    @Test("BSON-specific types decode as the closest type")
    func foreignTypes() throws {
        func value(_ type: BSONType, _ bytes: [UInt8]) throws -> AnyValue? {
            try BSONDocument(.document([.init("a", .raw(type, bytes))])).values()["a"]
        }
        #expect(try value(.timestamp, [1, 0, 0, 0, 2, 0, 0, 0]) == .integer(2 << 32 + 1))
        #expect(try value(.regex, Array("a.b\u{0}i\u{0}".utf8)) == "a.b")
        #expect(try value(.symbol, [2, 0, 0, 0, 0x61, 0]) == "a")
        #expect(try value(.minKey, []) == .null)
        #expect(try value(.undefined, []) == .null)
        #expect(try value(.binary, [2, 0, 0, 0, 0, 1, 2]) == "AQI=")
        #expect(try value(.binary, [6, 0, 0, 0, 2, 2, 0, 0, 0, 1, 2]) == "AQI=")
        struct Bytes: Codable { var a: Data }
        struct Text: Codable { var a: String }
        struct Known: Codable { var a: UUID }
        let binary = try BSONDocument(.document([.init("a", .raw(.binary, [2, 0, 0, 0, 0, 1, 2]))]))
        #expect(try binary.decode(Bytes.self).a == Data([1, 2]))
        let object = try BSONDocument(.document([.init("a", .raw(.objectID, Array(0..<12)))]))
        #expect(try object.decode(Text.self).a == "000102030405060708090a0b")
        let id = UUID()
        struct Native: Codable { var a: BSONBinary }
        #expect(try BSONDocument(encoding: Native(a: BSONBinary(id))).decode(Known.self).a == id)
    }

    @Test("Non-finite doubles are decoded, even with the sign bit set")
    func strangeDoubles() throws {
        func value(_ bits: UInt64) throws -> Double? {
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
            guard
                case .double(let number)? = try BSONDocument(.document([.init("a", .raw(.double, bytes))])).values()[
                    "a"]
            else {
                return nil
            }
            return number
        }
        for bits: UInt64 in [0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000, 0x7FF0_0000_0000_0001] {
            #expect(try value(bits)?.isNaN == true)
        }
        #expect(try value(0x7FF0_0000_0000_0000) == .infinity)
        #expect(try value(0xFFF0_0000_0000_0000) == -.infinity)
        // A fraction without digits behind the point stays one.
        #expect(
            try BSONEncoder().encode(["a": 3.0]).contains(0x01) && BSONDocument(["a": 3.0]).values()["a"] == .double(3))
    }

    @Test("A replacement character is valid text, and a wrong length causes no crash")
    func textsAndLengths() throws {
        #expect(try BSONDocument(["a": "AB\u{FFFD}CD"]).values()["a"] == "AB\u{FFFD}CD")
        #expect(throws: (any Error).self) {
            try BSONDocument(bytes: [0x06, 0xCC, 0xF9, 0x0A, 0x05, 0, 0, 0x03, 0, 0xFF, 0xFF]).values()
        }
    }

    @Test("Dates before 1970 are decoded correctly")
    func dates() throws {
        struct Dated: Codable, Hashable { var a: Date }
        for seconds in [-62_135_596_800.0, -1e9, -0.001, 0, 1e9, 253_402_300_799.999] {
            let dated = Dated(a: Date(timeIntervalSince1970: seconds))
            let back = try BSONDocument(encoding: dated).decode(Dated.self)
            #expect(abs(back.a.timeIntervalSince1970 - seconds) < 0.0005, "\(seconds)")
        }
    }

    @Test("Types and dynamic values have the same nesting limit, also combined")
    func depth() {
        struct Box<Value: Encodable>: Encodable { var a: Value }
        func nested(_ depth: Int) -> AnyValue { (0..<depth).reduce(1) { value, _ in ["a": value] } }
        func isAccepted(_ value: some Encodable) -> Bool { (try? BSONEncoder().encode(value)) != nil }
        for depth in 90...110 {
            let isAlone = isAccepted(["a": nested(depth)] as AnyValueMap)
            #expect(isAccepted(Box(a: Box(a: Box(a: nested(depth - 2))))) == isAlone, "\(depth)")
            #expect(isAlone == (depth < BSONLimits.depth), "\(depth)")
        }
    }

    @Test("Fields are decoded in any order, and a map has the id under its JSON name")
    func fieldOrder() throws {
        struct Pair: Codable, Hashable {
            var a: Int
            var b: Int
            var c: Int
        }
        #expect(try BSONDocument(["c": 3, "b": 2, "a": 1]).decode(Pair.self) == Pair(a: 1, b: 2, c: 3))
        let document: BSONDocument = ["a": 2, "_id": 1]
        let map = try BSONDecoder(rename: MongoDBFields.stored).decode([String: Int].self, document.bytes)
        #expect(map == ["id": 1, "a": 2])
    }

    @Test("An id consists of the time, a process-specific value and a counter")
    func objectID() {
        let id = ObjectID(seconds: 0x6512_3456, random: 0x05_0403_0201, number: 0x0A_0B0C)
        #expect(id.description == "6512345601020304050a0b0c")
    }
}
