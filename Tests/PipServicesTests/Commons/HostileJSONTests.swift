import PipServicesTesting
import Testing

@testable import PipServices

/// Hostile JSON is parsed or rejected with `BAD_JSON` in bounded time.
@Suite(.ownThreads, .timeLimit(.minutes(10))) struct HostileJSONTests {
    private static let document = #"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",null,true],"é€😀":{"c":{},"d":[[]]}}"#

    private func parse(_ bytes: [UInt8]) throws -> AnyValue? {
        do throws(ApplicationError) {
            return try JSONParser.parse(bytes)
        } catch {
            #expect(error.code == "BAD_JSON" && error.message.utf8.count < 200)
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            #expect((1...lines).contains(error.details.getAsInteger("line")))
            #expect((1...bytes.count + 1).contains(error.details.getAsInteger("column")))
            return nil
        }
    }

    @Test func mutatedBytesGiveAValueOrAnError() throws {
        let texts = HostileTexts(
            seed: 81_001, signs: #"{}[]",:\u0-.eE"#, [Self.document, #"[1.5,"\\"]"#, "\u{FEFF}[0]"])
        for _ in HostileTexts.tries(5_000) {
            let bytes = texts.nextBytes()
            guard let value = try parse(bytes) else { continue }
            let written = JSONWriter.bytes(of: value)
            #expect(try parse(written).map(JSONWriter.bytes(of:)) == written)
        }
    }

    @Test func everyCutOfADocumentIsAnError() throws {
        let bytes = Array(Self.document.utf8)
        for end in 0..<bytes.count { #expect(try parse(Array(bytes[..<end])) == nil, "cut at \(end)") }
        #expect(try parse(bytes) != nil)
    }

    @Test(arguments: [[0xC3], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC0, 0xAF], [0x80]])
    func badUTF8IsAnError(bytes: [UInt8]) throws {
        let quote = [UInt8(ascii: "\"")]
        #expect(try parse(quote + bytes + quote) == nil)
        #expect(try parse(quote + Array(#"\n"#.utf8) + bytes + quote) == nil)
    }

    @Test(arguments: [
        (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
        (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\u0000""#, "\0"),
    ])
    func halvesOfPairsAreReplaced(text: String, value: String) throws {
        #expect(try JSONConverter.fromJSON(text).string == value)
    }

    @Test(arguments: [#""\ud83d\u12""#, #""\u00g0""#, #""\uD8"#, #""\x""#, #""\"#, #""\u"#, "\"\u{1}\""])
    func badEscapesAreErrors(text: String) throws {
        #expect(try parse(Array(text.utf8)) == nil)
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":["#, "]}]")] {
            let levels = JSONParser.maxDepth / open.filter { "[{".contains($0) }.count
            #expect(try parse(nested(levels, open, close)) != nil)
            #expect(try parse(nested(levels + 1, open, close)) == nil)
            #expect(try parse(nested(200_000, open, close)) == nil)
        }
    }

    @Test func lengthCostsNoMoreThanTime() throws {
        let digits = String(repeating: "7", count: 400_000)
        let marks = String(repeating: "\u{301}\u{323}", count: 100_000)
        #expect(try JSONConverter.fromJSON("0.\(digits)") == .double(0.7777777777777778))
        #expect(throws: ApplicationError.self) { _ = try JSONConverter.fromJSON(digits) }
        #expect(throws: ApplicationError.self) { _ = try JSONConverter.fromJSON("1e\(digits)") }
        #expect(try JSONConverter.fromJSON("1e-\(digits)") == .double(0))
        #expect(try JSONConverter.fromJSON("{\"e\(marks)\":\"\(marks)\"}").map?.count == 1)
        for part in [#"\u00e9"#, #"\ud83d"#, "é", "😀", "x", #"\n"#] {
            let text = String(repeating: part, count: 400_000 / part.utf8.count)
            #expect(try JSONConverter.fromJSON("\"\(text)\"").string != nil)
        }
        for text in HostileTexts.long(["[", "{", "\"", "1,", "\\", "-", " ", "\n", "[],", "{\"\":"]) {
            _ = try parse(Array(text.utf8))
        }
    }

    /// Random values survive a round trip.
    @Test func valuesSurviveTheWay() throws {
        let seed: UInt64 = 81_002
        print("random values: seed \(seed)")
        let random = SeededRandom(seed: seed)
        func text() -> String {
            String(
                String.UnicodeScalarView(
                    (0..<random.next(in: 0..<8)).compactMap { _ in
                        Unicode.Scalar(UInt32(random.next(in: 0..<[0x80, 0x800, 0x11_0000][random.next(in: 0..<3)])))
                    }))
        }
        func value(_ depth: Int) -> AnyValue {
            switch random.next(in: 0..<(depth > 0 ? 8 : 6)) {
            case 0: return .null
            case 1: return .bool(random.next() & 1 == 0)
            case 2: return .integer(Int64(bitPattern: random.next()) >> random.next(in: 0..<64))
            case 3:
                let number = Double(bitPattern: random.next())
                // Integers are written without a fraction and are read as integers.
                return number.isFinite && number.rounded() != number ? .double(number) : .double(0.5)
            case 4, 5: return .string(text())
            case 6: return .array((0..<random.next(in: 0..<5)).map { _ in value(depth - 1) })
            default:
                return .map(AnyValueMap((0..<random.next(in: 0..<5)).map { _ in (text(), value(depth - 1)) }))
            }
        }
        for _ in HostileTexts.tries(1_000) {
            let value = value(6)
            let text = JSONConverter.toJSON(value)
            #expect(try JSONConverter.fromJSON(text) == value, "\(text)")
        }
    }
}
