import Foundation
import PipServices
import PipServicesTesting
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "1e+30", "\"\"",
        "\" \"", "\"a\\\"\\\\\\n\\u0001é😀\"", "[]", "{}", "[1,[2,{\"a\":null}]]", "{\"b\":1,\"a\":{\"c\":[true]}}",
    ])
    func textIsReadAndWrittenBackTheSame(text: String) throws {
        #expect(JSONConverter.toJSON(try JSONConverter.fromJSON(text)) == text)
    }

    @Test func wholeNumbersStayExact() throws {
        #expect(try JSONConverter.fromJSON("9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(
            try JSONConverter.fromJSON("9223372036854775808")
                == .decimal(Decimal(sign: .plus, exponent: 0, significand: 9_223_372_036_854_775_807) + 1))
    }

    @Test("A negative zero keeps its sign") func negativeZero() throws {
        #expect(try JSONConverter.fromJSON(Double.self, "-0").sign == .minus)
        #expect(try JSONConverter.fromJSON(Double.self, "0").sign == .plus)
    }

    @Test func escapesAreUnderstood() throws {
        let value = try JSONConverter.fromJSON(#""\u00e9\uD83D\uDE00\/\b\f\t\ud800x""#)
        #expect(value == .string("é😀/\u{8}\u{C}\t\u{FFFD}x"))
    }

    @Test(arguments: [
        "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "tru", "nul", "01", "1.", "-", ".5", "1e", "+1",
        "\"abc", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"", "\"\u{1F}\"", "\"\\n\u{1F}\"", "1 2", "[1]]", "{\"a\":1,}", "NaN",
        "1e999",
    ])
    func malformedTextIsRefused(text: String) {
        let error = #expect(throws: ApplicationError.self) { try JSONConverter.fromJSON(text) }
        #expect(error?.code == "BAD_JSON")
        #expect(error?.status == 400)
    }

    @Test func theErrorTellsThePlaceAndQuotesNothing() {
        let error = #expect(throws: ApplicationError.self) {
            try JSONConverter.fromJSON("{\n  \"password\": hunter2\n}")
        }
        #expect(error?.message.contains("line 2, column 15") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test func nestingIsBounded() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSONConverter.fromJSON(deep(128))
        let error = #expect(throws: ApplicationError.self) { try JSONConverter.fromJSON(deep(100_000)) }
        #expect(error?.message.contains("128 levels") == true)
    }

    /// Short numbers use a fast path.
    @Test func fractionsAreTheNearestDoubles() throws {
        var texts = [
            "-0.0", "0.000000000000001", "0.0000000000000001",
            "0.00000000000000000000000001", "100000000000000.1", "9.007199254740993", "999999999999999.9", "1.5e3",
            "2.5E-3", "0.1e1",
        ]
        let random = SeededRandom(seed: 11)
        for _ in 0..<20_000 {
            let whole = random.next() >> UInt64(random.next(in: 10..<64))
            let digits = (0..<random.next(in: 1..<18)).map { _ in "\(random.next(in: 0..<10))" }.joined()
            texts.append("\(random.next(in: 0..<2) == 0 ? "" : "-")\(whole).\(digits)")
        }
        for text in texts {
            let nearest = try #require(Double(text))
            switch try JSONConverter.fromJSON(text) {
            case .double(let value): #expect(value.bitPattern == nearest.bitPattern, "\(text)")
            case .decimal(let value):
                #expect(value == Decimal(string: text) && value != Decimal(string: "\(nearest)"), "\(text)")
            default: Issue.record("\(text) is no fraction")
            }
        }
    }

    struct Everything: Codable, Equatable {
        enum Kind: String, Codable { case small, large }
        struct Point: Codable, Equatable { var x: Double, y: Float }
        var text = "t"
        var flag = true
        var number = -5
        var unsigned: UInt64 = 7
        var byte: UInt8 = 255
        var fraction = 0.1
        var single: Float = 0.1
        var date = Date(timeIntervalSince1970: 1.5)
        var data = Data([1, 2, 3])
        var kind = Kind.large
        var nothing: String?
        var points = [Point(x: 1, y: 2.5)]
        var byName = ["a": [1, 2]]
        var any: AnyValue = ["x": [1, nil, "y"]]
        var url = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
    }

    @Test func typesAreEncodedAndDecoded() throws {
        let text = try JSONConverter.toJSON(Everything())
        #expect(text.contains(#""date":"1970-01-01T00:00:01.500Z","data":"AQID","kind":"large""#))
        #expect(text.contains(#""single":0.1"#))
        #expect(!text.contains("nothing"))
        #expect(try JSONConverter.fromJSON(Everything.self, text) == Everything())
    }

    struct Pair: Encodable { var id: UInt64 }

    @Test func aNumberIsWrittenAsItIsOrNotAtAll() throws {
        #expect(try JSONConverter.toJSON(UInt64(Int64.max)) == "9223372036854775807")
        let values: [UInt64] = [.max, 1 << 63]
        for value in values {
            let error = #expect(throws: ApplicationError.self) { try JSONConverter.toJSON([Pair(id: value)]) }
            #expect(error?.code == "CANNOT_ENCODE")
            #expect(error?.cause.map { "\($0)" }?.contains("\(value) exceeds") == true)
            #expect(throws: ApplicationError.self) { try JSONConverter.toJSON(value) }
            #expect(throws: ApplicationError.self) { try JSONConverter.toJSON(UInt(value)) }
        }
    }

    @Test func foundationReadsWhatIsWritten() throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            return try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }
        let text = try JSONConverter.toJSON(Everything())
        #expect(try decoder.decode(Everything.self, from: Data(text.utf8)) == Everything())
    }

    class Base: Codable {
        var id = 1
    }

    @Test func nestedContainersAreWritten() throws {
        struct Nested: Encodable {
            enum Keys: String, CodingKey { case inner, list, base }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                var list = container.nestedUnkeyedContainer(forKey: .list)
                var inner = container.nestedContainer(keyedBy: Keys.self, forKey: .inner)
                try list.encode(1)
                try inner.encode("x", forKey: .base)
                try list.encodeNil()
                try Base().encode(to: container.superEncoder(forKey: .base))
            }
        }
        #expect(try JSONConverter.toJSON(Nested()) == #"{"list":[1,null],"inner":{"base":"x"},"base":{"id":1}}"#)
    }

    @Test(
        "A string in place of a typed value is rejected with the expected form",
        arguments: [
            (#"{"data":"*"}"#, "data must be bytes in Base64", "TYPE_MISMATCH"),
            (#"{"id":"7"}"#, "id must be a UUID, such as 123e4567", "BAD_VALUE"),
            (#"{"when":"soon"}"#, "when must be a date and time in ISO 8601, such as 2026-01", "TYPE_MISMATCH"),
            (#"{"kind":"huge"}"#, "kind must be one of the values of Open", "BAD_VALUE"),
            (#"{"number":1e300}"#, "number must be a number in the range of Float", "BAD_VALUE"),
        ])
    func formsAreNamed(text: String, message: String, code: String) {
        enum Open: String, Decodable { case small }
        struct Sample: Decodable {
            var data: Data?
            var id: UUID?
            var when: Date?
            var kind: Open?
            var number: Float?
        }
        let error = #expect(throws: ApplicationError.self) { try JSONConverter.fromJSON(Sample.self, text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.details["results"]?[0]?["code"] == .string(code))
    }

    @Test(arguments: [
        ("{}", "text must not be null"), (#"{"text":5}"#, "text type must be string but found long"),
        (#"{"text":"t","points":[{"x":"1"}]}"#, "points.0.x type must be double but found string"),
        (#"{"text":"t","points":5}"#, "points type must be array but found long"),
        (#"{"text":"t","kind":"huge"}"#, "kind must be one of the values of Kind"), ("[]", "value type must be map"),
    ])
    func whatDoesNotFitIsNamed(text: String, message: String) {
        struct Sample: Decodable {
            var text: String
            var points: [Everything.Point]?
            var kind: Everything.Kind?
        }
        let error = #expect(throws: ApplicationError.self) { try JSONConverter.fromJSON(Sample.self, text) }
        #expect(error?.code == "INVALID_DATA")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
