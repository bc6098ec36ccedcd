import PipServicesTesting
import Testing

@testable import PipServices

/// Hostile configuration: lines of parameters, descriptors, YAML and JSON documents. Results and clear errors in
/// bounded time.
@Suite(.ownThreads, .timeLimit(.minutes(10))) struct HostileConfigTests {
    @Test func linesOfParameters() {
        let texts = HostileTexts(
            seed: 82_001, signs: ";= .\n\u{A0}",
            ["k1=v1; k2 = v2;;k3;=v", "connection.host=x;connection.port=80;a=", "a.b.c=1;a.b=2;.x=3;y.=4"])
        for _ in HostileTexts.tries(5_000) {
            let text = texts.next()
            let config = ConfigParams(parsing: text)
            #expect(config.count <= text.utf8.count)
            // A name that is empty or contains `=` can't be written, because there is no escaping.
            if config.keys.allSatisfy({ !$0.isEmpty && !$0.contains(scalar: "=") }) {
                #expect(ConfigParams(parsing: config.description) == config, "\(text)")
            }
            #expect(config.sections.keys.map(\.text) == config.sectionNames, "\(text)")
            for (name, section) in config.sections {
                #expect(config.section(name.text) == section, "\(name) in \(text)")
            }
        }
    }

    @Test func longLinesOfParameters() throws {
        let parts = [";", "=", " ", "a=b;", "a.b", ".", "k=", "\u{301}", "🇩🇪", "\r\n"]
        for text in HostileTexts.long(parts) {
            let config = ConfigParams(parsing: text)
            _ = (config.sectionNames, config.description, config.section("a"))
            _ = try? Parameters(config: config)
        }
        let keys = (0..<20_000).map { "options.k\($0)=\($0)" }.joined(separator: ";")
        #expect(ConfigParams(parsing: keys).section("options").count == 20_000)
        #expect(try Parameters(config: ConfigParams(parsing: keys)).values["options"]?.map?.count == 20_000)
        let elements = (0..<20_000).map { "list.\($0)=\($0)" }.joined(separator: ";")
        #expect(try Parameters(config: ConfigParams(parsing: elements)).values["list"]?.array?.count == 20_000)
    }

    /// A container with many components is read in linear time.
    @Test func manyComponents() throws {
        let lines = (0..<8_000).map { "- descriptor: a:b:c:d\($0):1.0\n  x: {y: 1, z: 2}" }
        let config = try ContainerConfigReader.readFromYAML(lines.joined(separator: "\n"))
        #expect(config.components.count == 8_000)
        #expect(config.components.last?.config == ["descriptor": "a:b:c:d7999:1.0", "x.y": "1", "x.z": "2"])
    }

    @Test func descriptors() {
        let texts = HostileTexts(
            seed: 82_002, signs: ":* ",
            ["pip-services:logger:console:default:1.0", "*:*:*:*:*", " a : b:c:d:e ", "a::c:d:e"])
        for _ in HostileTexts.tries(5_000) {
            let text = texts.next()
            do throws(ApplicationError) {
                let descriptor = try Descriptor(parsing: text)
                #expect(descriptor.match(descriptor) && descriptor.exactMatch(descriptor))
                let written = descriptor.description
                #expect(Locator(written).description == written)
            } catch {
                #expect(error.code == "BAD_DESCRIPTOR")
                #expect(Locator(text) == .name(text))
            }
        }
        for text in HostileTexts.long([":", "a:b", " ", "*", "\u{301}:"]) { _ = Locator(text).match("a:b:c:d:e") }
    }

    private static let yaml = """
        - descriptor: "pip-services:logger:console:default:1.0"
          level: &level {{LEVEL}}{{#unless LEVEL}}info{{/unless}}
          list: [1, 2.5, ~, yes, 'x', {a: b}]
        # comment
        - descriptor: a:b:c:d:1.0
          <<: &base {x: 1, y: [2]}
          level: *level
          text: |
            lines
             and lines
          folded: >-
            a
            b
          ? key
          : !!str 12
        ---
        """

    private func read(_ text: String, _ format: ConfigText.Format) -> AnyValue? {
        do throws(ApplicationError) {
            let document = try ConfigText.read(text, format: format, file: nil, parameters: ["LEVEL": "debug"])
            _ = ConfigParams(document.value)
            return document.value
        } catch {
            #expect(error.code == "READ_FAILED", "\(error)")
            #expect(error.message.utf8.count < 500, "\(error)")
            return nil
        }
    }

    @Test func yamlDocuments() {
        let texts = HostileTexts(
            seed: 82_003, signs: " \n\t:-?&*!|>'\"%@`{}[],#<~\u{85}\u{2028}",
            [Self.yaml, "a: 1\nb:\n  - c\n", "{a: [b]}"])
        for _ in HostileTexts.tries(3_000) { _ = read(texts.next(), .yaml) }
    }

    @Test func jsonDocuments() {
        let texts = HostileTexts(
            seed: 82_004, signs: #"{}[]",:\{{}}"#,
            [#"[{"descriptor":"a:b:c:d:1.0","x":{"y":[1,{"z":"{{LEVEL}}"}]}}]"#, #"{"a":{"b":"{{{LEVEL}}}"}}"#])
        for _ in HostileTexts.tries(3_000) { _ = read(texts.next(), .json) }
    }

    @Test(arguments: [ConfigText.Format.yaml, .json])
    func deepDocuments(format: ConfigText.Format) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let text = String(repeating: open, count: 100_000)
            #expect(read(text, format) == nil)
            #expect(read(text + String(repeating: close, count: 100_000), format) == nil)
            #expect(read(String(repeating: open, count: 40) + "1" + String(repeating: close, count: 40), format) != nil)
        }
    }

    @Test func deepBlocks() {
        #expect(read(String(repeating: "- ", count: 50_000) + "x", .yaml) == nil)
        #expect(read(String(repeating: "? ", count: 50_000) + "x", .yaml) == nil)
        let lines = (0..<400).map { String(repeating: " ", count: $0) + "a:" }
        #expect(read(lines.joined(separator: "\n"), .yaml) == nil)
    }

    /// Long names above many values: a short document with very long paths.
    @Test func longNamesAreRefused() {
        let name = String(repeating: "n", count: 100_000)
        let values = Array(repeating: "1", count: 50_000).joined(separator: ",")
        #expect(read("{\"\(name)\":[\(values)]}", .json) == nil)
        #expect(read("? \(name)\n: [\(values)]", .yaml) == nil)
        let fits = String(repeating: "n", count: 900)
        #expect(read("{\"\(fits)\":[1]}", .json) != nil)
        #expect(read("\(fits): [1]", .yaml) != nil)
        let many = Array(repeating: "1", count: 100_001).joined(separator: ",")
        #expect(read("[\(many)]", .json) == nil)
        #expect(read("[\(many)]", .yaml) == nil)
    }

    @Test func bombsDoNotGoOff() {
        let lines = (0..<30).map {
            "- &a\($0) [\(Array(repeating: $0 == 0 ? "x" : "*a\($0 - 1)", count: 10).joined(separator: ","))]"
        }
        #expect(read(lines.joined(separator: "\n"), .yaml) == nil)
        let merges = (0..<30).map { "a\($0): &a\($0) {x: 1, <<: [\($0 == 0 ? "{}" : "*a\($0 - 1), *a\($0 - 1)")]}" }
        #expect(read(merges.joined(separator: "\n"), .yaml) == nil)
    }

    @Test(arguments: [
        "- ", "a: ", ": ", "? ", "&a ", "*a ", "!t ", "%TAG !a! x\n", "%YAML 1.2\n", "---\n", "...\n", "'", "\"", "|\n",
        ">\n ", "#\n", "\n", " ", "\t", "{", "}", "[", "]", ",", "a,", "x\n", "- x\n", "\"\\x41", "<<: ", "🇩🇪",
        "\u{301}",
        "{{A}}", "{{#A}}", "{{!", "1_", "0x1", "9", ".", "~", "- - x\n", "a\\", "<<: {}\n", "&a1 x\n",
    ])
    func longDocuments(part: String) {
        for text in HostileTexts.long([part], bytes: 200_000) {
            _ = read(text, .yaml)
            _ = read(text, .json)
        }
    }

    @Test func manyOfAKind() {
        let numbers = 0..<20_000
        for line in ["%TAG !a#! x\n", "k#: v\n", "- &a# x\n", "- !t# x\n", "&a# k#: *a#\n"] {
            _ = read(numbers.map { line.replacing("#", with: String($0)) }.joined() + "--- x", .yaml)
        }
    }

    @Test(arguments: TypeCode.allCases)
    func longTextsToValues(type: TypeCode) {
        let parts = ["9", "-", " ", "0.", "1e", "2024-01-01T", ":", "00:", "true", ",", "\u{301}", "\u{660}"]
        for text in HostileTexts.long(parts)
            + HostileTexts.long(["9"]).flatMap({ ["1.\($0)", "1e\($0)", "2024-01-01T00:00:00.\($0)Z", "-0.\($0)e9"] })
        {
            _ = TypeConverter.toType(type, .string(text))
            _ = TypeConverter.toType(type, .array([.string(text)]))
        }
    }
}
