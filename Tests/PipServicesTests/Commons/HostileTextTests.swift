import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

/// Random and mutated strings for all parsers of Commons: only results and errors are allowed.
@Suite(.ownThreads) struct HostileTextTests {
    private static let seeds = [
        #"{"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{"c":{}}}"#, "k1=v1; k2 = v2;;k3;=v",
        "2024-02-29T23:59:60.123456+14:30",
        "-9223372036854775809.5e-3 rest", "My.Type,lib", "a.0.b..c", "+Infinity", "\u{FEFF}1e308", "0x10 yes",
    ]

    @Test func convertersAndParsersHoldOut() throws {
        let texts = HostileTexts(seed: 77_003, Self.seeds)
        for _ in HostileTexts.tries(5_000) { try read(texts.next()) }
    }

    private func read(_ text: String) throws {
        let value = AnyValue.string(text)
        for type in TypeCode.allCases { _ = TypeConverter.toType(type, value) }
        if let date = DateTimeConverter.toNullableDateTime(value) {
            #expect(
                DateTimeConverter.toNullableDateTime(.string(StringConverter.toString(.date(date)))) == date, "\(text)")
        }
        _ = AnyValueArray(parsing: text)
        let map = StringValueMap(parsing: text)
        _ = ConfigParams(map).sectionNames
        do throws(ApplicationError) {
            _ = try Parameters(config: ConfigParams(map))
        } catch {
            #expect(["TOO_DEEP", "INDEX_TOO_LARGE"].contains(error.code))
        }
        do throws(ApplicationError) {
            let value = try JSONConverter.fromJSON(text)
            // A fraction that is an integer is written, and read back, as an integer: the JSON is the same.
            let written = JSONConverter.toJSON(value)
            let again = JSONConverter.toJSON(try JSONConverter.fromJSON(written))
            #expect(again == written)
            #expect(ConfigParams(value).count <= text.utf8.count)
        } catch {
            #expect(error.code == "BAD_JSON")
        }
        do throws(ApplicationError) {
            _ = try TypeDescriptor(parsing: text)
        } catch {
            #expect(error.code == "BAD_DESCRIPTOR")
        }
    }
}
