import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// External strings at the entry points of the toolkit: strings that `String` treats as equal are distinguished.
@Suite final class ExternalStringTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pip-strings-\(UUID().uuidString)")

    /// Names that `String` treats as equal: composed and decomposed, and look-alikes.
    static let names = [("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), ("\u{C5}", "\u{212B}")]
    /// Names that differ only in a joiner, which is part of a `Character`.
    static let joined = [("a", "a\u{200D}"), ("na", "\u{200D}na")]

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test("Environment variables are compared by code points", arguments: names + joined)
    func environment(left: String, right: String) throws {
        let variables = ProcessEnvironment.variables(of: ["\(left)=1", "\(right)=2=\u{338}", "none", "=x"])
        #expect(variables[left] == "1")
        #expect(variables[right] == "2=\u{338}")
        #expect(variables.count == 3, "a mark behind the '=' belongs to the value")
        let arguments = ProcessArguments(["-p", "\(left)=a", "-p", "\(right)=b"])
        let parameters = arguments.parameters(variables)
        #expect(parameters[left] == "1")
        #expect(ProcessArguments(["-p", "\(left)=a"]).parameters([right: "b"]).count == 2)
    }

    @Test("Template variables are compared case-insensitively by code points", arguments: names)
    func templates(left: String, right: String) throws {
        let sections = "{{#\(right)}}x{{/\(right)}}{{^\(left)}}y{{/\(left)}}"
        let template = try MustacheTemplate("{{\(left)}}-{{\(right)}}-" + sections)
        #expect(template.variableNames.count == 2)
        #expect(try template.evaluate([left: "1", right: "2"]) == "1-2-x")
        #expect(try template.evaluate([right: "2"]) == "-2-xy")
        #expect(template.unset([right: "2"]).isEmpty, "the template says what to do without it")
        #expect(throws: ApplicationError.self) { try MustacheTemplate("{{#\(left)}}x{{/\(right)}}") }
    }

    @Test("Variables and functions of expressions are compared case-insensitively by code points", arguments: names)
    func expressions(left: String, right: String) throws {
        let name = { (text: String) in "v\(text)" }
        let calculator = try ExpressionCalculator("\(name(left)) - \(name(right))")
        var variables: VariableCollection = [name(left): 5, name(right): 3]
        #expect(variables.count == 2)
        #expect(try calculator.evaluate(variables).asLong == 2)
        // With many names, look-ups use hashes.
        for index in 0..<20 { variables["n\(index)"] = 0 }
        #expect(try calculator.evaluate(variables).asLong == 2)
        variables[name(left)] = nil
        #expect(variables[name(right)] == 3)
        #expect(throws: ApplicationError.self) { try calculator.evaluate(variables) }
        let functions = FunctionCollection([
            ExpressionFunction(name(left), 0...0) { _, _ throws(ApplicationError) in .integer(1) },
            ExpressionFunction(name(right), 0...0) { _, _ throws(ApplicationError) in .integer(2) },
        ])
        #expect(functions.count == 2)
        #expect(functions[name(right)]?.name.isSame(as: name(right)) == true)
        #expect(try ExpressionCalculator("\(name(right))()", functions: functions).evaluate().asInteger == 2)
    }

    @Test("Names are case-insensitive, but unit signs are not letters") func folding() {
        #expect(ScalarText(folding: "\u{C9}T\u{C9}") == ScalarText(folding: "\u{E9}t\u{E9}"))
        #expect(ScalarText(folding: "KEY") == ScalarText(folding: "key"))
        #expect(ScalarText(folding: "\u{212A}EY") != ScalarText(folding: "key"))
        #expect(ScalarText(folding: "\u{2126}") != ScalarText(folding: "\u{3C9}"))
    }

    @Test("A string that looks like a keyword is not a keyword") func keywords() throws {
        #expect(!ObjectComparator.compare("abc", "LI\u{212A}E", "b"))
        #expect(ObjectComparator.compare("abc", "like", "b"))
        #expect(LogLevel(settingText: "\u{131}nfo") == nil)
        #expect(LogLevel(settingText: "Info") == .info)
        let word = ExpressionTokenizer().tokenize("l\u{131}ke").first { $0.type != .whitespace }
        #expect(word?.type == .word)
        #expect(HTTPMethod(rawValue: "po\u{17F}t") != .post)
        #expect(HTTPMethod(rawValue: "post") == .post)
        #expect(HeaderFields([("\u{212A}ey", "1")])["key"] == nil)
        #expect(HeaderFields([("Key", "1")])["kEY"] == "1")
        #expect(!HeaderFields.isSame("\u{212A}", "kkk"))
    }

    @Test("Separators, quotes and line ends of CSV are code points") func csv() {
        var options = TokenizerOptions()
        options.skipEof = true
        options.decodeStrings = true
        let tokenizer = CSVTokenizer(options: options)
        let values = tokenizer.tokenizeToStrings("a,\u{301}b,\"c\u{301}\",\u{200D}\r\n\u{301}d\u{37E}e")
        let expected = ["a", ",", "\u{301}b", ",", "c\u{301}", ",", "\u{200D}", "\r\n", "\u{301}d\u{37E}e"]
        #expect(values.map { ScalarText($0) } == expected.map { ScalarText($0) })
        #expect(Token(.word, "\u{E9}", line: 1, column: 1) != Token(.word, "e\u{301}", line: 1, column: 1))
        let array = AnyValueArray(parsing: "a,\u{301}b")
        #expect(array.values == ["a", "\u{301}b"])
    }

    @Test("Values and their names are compared by code points", arguments: names + joined)
    func values(left: String, right: String) throws {
        #expect(AnyValue.string(left) != .string(right))
        #expect(AnyValue.string(left) == .string(left + ""))
        let (one, two): (AnyValueMap, AnyValueMap) = (["a": .string(left)], ["a": .string(right)])
        #expect(one != two)
        #expect(!AnyValue.string(left).equals(.string(right)))
        #expect(!ObjectComparator.areEqual(.string(left), .string(right)))
        #expect(Variant.string(left) != .string(right))
        #expect(Set([AnyValue.string(left), .string(right), .string(left)]).count == 2)
        let schema = ObjectSchema().withOptionalProperty(left, .string)
        #expect(schema.validate([left: "x"]).isEmpty)
        #expect(schema.validate([right: "x"]).map(\.code) == ["UNEXPECTED_PROPERTY"])
        var parameters: Parameters = [left: 1, right: 2]
        #expect(parameters.omit(left).values.count == 1)
        parameters = try parameters.override([right: 3])
        #expect(parameters[left] == 1 && parameters[right] == 3)
        let tags = TagsProcessor.compressTags([left, right])
        #expect(tags[0].isSame(as: tags[1]) == false)
        #expect(!TagsProcessor.equalTags(left, right))
        // A joiner extends a letter but is not one.
        let count = right.begins(with: "\u{200D}") ? 1 : 2
        #expect(TagsProcessor.extractHashTags("#\(left)x, #\(right)x").count == count)
    }

    @Test("Keys and values of a configuration are compared by code points", arguments: names + joined)
    func configuration(left: String, right: String) throws {
        let text = "{\"\(left)\": {\"x\": 1},\n\"\(right)\": {\"x\": 2}}"
        let document = try ConfigText.read(text, format: .json, file: nil, parameters: [:])
        #expect(document.line(of: "\(left).x") == 1)
        #expect(document.line(of: "\(right).x") == 2)
        let config = ConfigParams(document.value)
        #expect(config.sectionNames.count == 2)
        #expect(config.section(left)["x"] == "1")
        #expect(config.section(right)["x"] == "2")
        let (old, new): (ConfigParams, ConfigParams) = (["a": left], ["a": right])
        #expect(old != new, "a reload has to see the change")
        let rest = ConnectionUtils.exclude([left: "1", right: "2"], keys: [left])
        #expect(rest.count == 1 && rest[right] == "2")
        var resolver = DependencyResolver([left: "a", right: "b"])
        resolver.configure(["dependencies.\(right)": "c"])
        #expect(resolver.locator(left) == .name("a"))
        #expect(resolver.locator(right) == .name("c"))
    }

    @Test("Components and commands are found by code points", arguments: names + joined)
    func components(left: String, right: String) async throws {
        let (one, two) = (MemoryCache(), MemoryCache())
        let references = References([
            (.descriptor(Descriptor("a", "cache", "memory", left, "1.0")), one),
            (.descriptor(Descriptor("a", "cache", "memory", right, "1.0")), two), (.name(left), one),
        ])
        let found = references.getOptional(Locator("a:cache:*:\(left):1.0"), as: MemoryCache.self)
        #expect(found.count == 1 && found.first === one)
        #expect(Locator.name(left) != .name(right))
        #expect(references.getOptional(.name(right), as: MemoryCache.self).isEmpty)
        #expect(Descriptor("a", "b", "c", left, "1") != Descriptor("a", "b", "c", right, "1"))
        let commands = CommandSet {
            Command(left) { (_, _) -> Int? in 1 }
            Command(right) { (_, _) -> Int? in 2 }
        }
        #expect(commands.commands.count == 2)
        #expect(commands.findCommand(right)?.name.isSame(as: right) == true)
    }

    @Test("Keys of key-value stores are compared by code points", arguments: names + joined)
    func keyValues(left: String, right: String) async throws {
        let states = try await assemble(KeyValueStateStore(MemoryKeyValueConnector()))
        try await states.save(.empty, left, 1)
        try await states.save(.empty, right, 2)
        let found = try await states.loadBulk(.empty, [right, left, "none"], as: Int.self)
        #expect(found.map(\.value) == [2, 1, nil])
        let values: KeyValues = [left: [1], right: [2]]
        #expect(values.count == 2)
        #expect(values != [left: [1]])
        let store = MemoryDocumentConnector()
        try store.insert(.empty, into: left, [["id": "1"]])
        #expect(store.find(.empty, in: right, DocumentQuery()).isEmpty)
    }

    @Test("Ids in a data file and its journal are compared by code points", arguments: names + joined)
    func files(left: String, right: String) async throws {
        let path = folder.appending(path: "items.json").path
        let store = try await assemble(IdentifiableFilePersistence<PersistenceItem>(path: path))
        try await store.open(.empty)
        try await store.create(.empty, PersistenceItem(id: left, key: "1"))
        try await store.create(.empty, PersistenceItem(id: right, key: "2"))
        try await store.close(.empty)
        try await store.open(.empty)
        #expect(store.getOneById(.empty, left)?.key == "1")
        #expect(store.getOneById(.empty, right)?.key == "2")
        try await store.close(.empty)

        // The journal after a crash.
        let entries = [StoredItems.Entry(key: .string(left), item: 1), StoredItems.Entry(key: .string(right), item: 2)]
        var replayed = ReplayedItems(entries, messages: [])
        replayed.apply(.put(key: .string(right), item: 3))
        replayed.apply(.delete(key: .string(left)))
        #expect(replayed.stored.items.map(\.item) == [3])
    }

    @Test("Counters are distinguished by code points", arguments: names + joined)
    func counters(left: String, right: String) {
        let table = CounterTable()
        table.update(left, .increment(1))
        table.update(right, .increment(2))
        #expect(table[left]?.count == 1)
        #expect(table[right]?.count == 2)
    }

    @Test("An origin that looks like an allowed one is rejected") func origins() async throws {
        let endpoint = try await assemble(HTTPEndpoint(), config: ["cors_origins": "http://K.example"])
        for (origin, count) in [("http://K.example", 1), ("http://\u{212A}.example", 0)] {
            var response = RestResponse(status: 200)
            endpoint.allowOrigin(RestRequest(.get, "/", headers: HeaderFields([("Origin", origin)])), &response)
            #expect(response.headers.count { $0.name == "Access-Control-Allow-Origin" } == count)
        }
    }

    @Test("Strings are split into lines as editors do") func lines() {
        let lines = "a\r\n\u{301}b\r\rc\n".lines.map { ScalarText($0) }
        #expect(lines == ["a", "\u{301}b", "", "c", ""])
        #expect("".lines == [""])
    }

    @Test("Percent-encoding is reversible, and malformed escapes are kept") func percentCoding() {
        #expect(PercentCoding.decode("%41%4a%4A%4g%@0%`0%:0%/0%4") == "AJJ%4g%@0%`0%:0%/0%4")
        #expect(PercentCoding.decode("x%41") == "xA")
        #expect(PercentCoding.decode("a+b", plusIsBlank: true) == "a b")
        #expect(PercentCoding.decode("a+b") == "a+b")
        #expect(PercentCoding.encode("azAZ09-_.!~*'()") == "azAZ09-_.!~*'()")
        #expect(PercentCoding.encode("a b+\u{E9}/@[`{:") == "a%20b%2B%C3%A9%2F%40%5B%60%7B%3A")
        #expect(PercentCoding.isText("%C3%A9") && !PercentCoding.isText("%C3"))
    }

    @Test("A string in a message has at most 100 characters") func shortened() {
        let text = String(repeating: "a", count: 100)
        #expect(text.shortened == text)
        #expect((text + "b").shortened == text + "…")
    }

    @Test("Strings are searched and changed by code points") func helpers() {
        #expect("a/\u{301}".ends(with: "/") == false)
        #expect("x\u{301}.yml".ends(with: ".yml"))
        #expect("b".ends(with: "ab") == false)
        #expect("a:\u{301}//b".contains(text: ":"))
        #expect("a;b".contains(text: "\u{37E}") == false)
        #expect("a%2F\u{301}%2F".replacing(text: "%2F", with: "/").isSame(as: "a/\u{301}/"))
        #expect("pre\u{301}fix".dropping(prefix: "pre")?.isSame(as: "\u{301}fix") == true)
        #expect("prefix".dropping(prefix: "x") == nil)
        #expect("Chunked".isSame(ignoringCase: "cHUNKED"))
        #expect("chun\u{212A}ed".isSame(ignoringCase: "chunked") == false)
        #expect("\u{C9}K".asciiLowercased.isSame(as: "\u{C9}k"))
        #expect("\u{E9}k\u{131}".asciiUppercased.isSame(as: "\u{E9}K\u{131}"))
        #expect("@AZ[`az{".asciiLowercased == "@az[`az{")
        #expect("@AZ[`az{".asciiUppercased == "@AZ[`AZ{")
        #expect(["a", "\u{E9}"].contains(sameAs: "e\u{301}") == false)
        #expect(String?.none.isSame(as: nil) && !String?.none.isSame(as: ""))
    }
}
