import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What is found without opening anything.
@Suite struct ContainerCheckTests {
    protocol Store: Sendable {}

    final class MemoryStore: Component, Store {
        let size = Setting("size", default: 10, "How many")
    }

    final class Shop: Component, Openable {
        let store = Dependency<any Store>("store", "shop:store:*:*:1.0")
        let partner = OptionalDependency<Shop>("partner", "none")
        let logger = CompositeLogger()
        let other = CompositeLogger()
        func open(_ context: Context) async throws { Issue.record("a check opens nothing") }
        func close(_ context: Context) async throws {}
    }

    final class ShopFactory: Component, ComponentFactory {
        let store = Setting("makes", default: "store", "What it makes")
        func canCreate(_ locator: Locator) -> Locator? { locators.first { $0.match(locator) } }
        func create(_ locator: Locator) throws -> any Component { MemoryStore() }
        var locators: [Locator] { [.descriptor(Descriptor("made", store(), "*", "*", "1.0"))] }
    }

    final class ByHand: Component, Referenceable {
        func setReferences(_ references: References) async throws {
            _ = try references.getOneRequired("shop:store:*:byhand:1.0", as: (any Store).self)
        }
    }

    private func container(_ yaml: String, stores: Bool = true, parameters: AnyValueMap = [:]) async throws -> Container
    {
        let factory = Factory("shop:shop:*:*:1.0") { Shop() }
        if stores { factory.register("shop:store:memory:*:1.0") { MemoryStore() } }
        factory.register("shop:factory:*:*:1.0") { ShopFactory() }
        factory.register("shop:byhand:*:*:1.0") { ByHand() }
        let container = Container("shop", factories: [factory])
        let document = try ConfigText.read(yaml, format: .yaml, file: "shop.yml", parameters: parameters)
        await container.configure(ContainerConfig(document))
        return container
    }

    private func check(_ yaml: String, stores: Bool = true, parameters: AnyValueMap = [:]) async throws -> [String] {
        try await container(yaml, stores: stores, parameters: parameters).check().map {
            "\($0.line.map { "\($0)" } ?? "?") \($0.severity) \($0.code) \($0.message)"
        }
    }

    struct Odd: Decodable, Sendable {
        init(from decoder: any Decoder) throws { _ = try decoder.unkeyedContainer() }
    }

    final class Seller: Component, Commandable {
        var commands: CommandSet {
            CommandSet {
                Command("sell") { (_, odd: Odd) in 1 }
                Command("buy") { (_, number: [String: Int]) in 1 }
            }
        }
    }

    @Test("Two components with one descriptor are reported, with the line of the second") func duplicates() async throws
    {
        let problems = try await check(
            """
            - descriptor: shop:store:memory:a:1.0
            - descriptor: shop:store:memory:b:1.0
            - descriptor: shop:store:memory:a:1.0
            """)
        #expect(
            problems.filter { $0.contains("DUPLICATE") } == [
                "3 warning DUPLICATE_COMPONENT shop:store:memory:a:1.0 is configured twice; "
                    + "give each of them a unique name"
            ])
    }

    @Test func aCommandWhoseArgumentsHaveNoSchemaIsTold() async throws {
        let container = Container("shop", factories: [Factory("shop:seller:*:*:1.0") { Seller() }])
        let yaml = "- descriptor: shop:seller:default:a:1.0"
        await container.configure(
            ContainerConfig(try ConfigText.read(yaml, format: .yaml, file: "shop.yml", parameters: [:])))
        let problems = await container.check().filter { $0.code == "NO_SCHEMA" }
        #expect(problems.count == 1)
        #expect(problems.first?.severity == .warning)
        #expect(problems.first?.line == 1)
        #expect(problems.first?.message.contains("command 'sell': arguments (Odd): it decodes in its own way") == true)
    }

    enum Kind: String, Decodable, Sendable { case book }
    struct Item: Decodable, Sendable { var kind: Kind, name: String }

    final class Library: Component, Commandable {
        var commands: CommandSet {
            CommandSet {
                Command("lend") { (_, item: Item) in 1 }
                Command("return") { (_, item: Item) in 1 }
            }
        }
    }

    @Test("A type without a schema is reported once, with all its uses") func gapsAreGroupedByType() async throws {
        let container = Container("shop", factories: [Factory("shop:library:*:*:1.0") { Library() }])
        await container.configure(
            ContainerConfig(
                try ConfigText.read(
                    "- descriptor: shop:library:default:a:1.0", format: .yaml, file: nil, parameters: [:])))
        let messages = await container.check().filter { $0.code == "NO_SCHEMA" }.map(\.message)
        #expect(messages.count == 1)
        #expect(messages.first?.contains("command 'lend': arguments (Item): fields after 'kind'") == true)
        #expect(messages.first?.contains("; the same at command 'return': arguments") == true, "\(messages)")
    }

    final class Printer: Component {
        let format = Setting("format", aliases: ["options.format"], default: "text")
        let enable = Setting("paper.enable", default: false)
        let width = Setting("size.width", default: 1)
    }

    private func problems(of yaml: String) async throws -> [ConfigProblem] {
        let container = Container("shop", factories: [Factory("shop:printer:*:*:1.0") { Printer() }])
        await container.configure(
            ContainerConfig(try ConfigText.read(yaml, format: .yaml, file: nil, parameters: [:])))
        return await container.check().filter { $0.code != "UNUSED" }
    }

    @Test("A list instead of a single value is one error, with its line") func listsAreOneProblem() async throws {
        let problems = try await problems(
            of: "- descriptor: shop:printer:default:a:1.0\n  paper: { enable: true }\n  format: [a, b]")
        #expect(problems.map(\.code) == ["BAD_VALUE"])
        #expect(problems.map(\.line) == [3])
    }

    @Test(
        "One value in the place of a section is reported with a key of that section",
        arguments: [
            ("paper: true", "unknown key 'paper'; did you mean 'paper.enable'?"),
            ("size: 5", "unknown key 'size'; it has keys of its own, such as 'size.width'"),
        ])
    func sectionsAreNamed(line: String, message: String) async throws {
        let problems = try await problems(of: "- descriptor: shop:printer:default:a:1.0\n  \(line)")
        #expect(problems.map(\.code) == ["UNKNOWN_KEY"])
        #expect(problems.first?.message.contains(message) == true, "\(problems)")
    }

    @Test("An empty section counts as missing", arguments: ["paper:", "paper: {}", "size: ''"])
    func emptySections(line: String) async throws {
        #expect(try await problems(of: "- descriptor: shop:printer:default:a:1.0\n  \(line)") == [])
        let other = try await problems(of: "- descriptor: shop:printer:default:a:1.0\n  other:")
        #expect(other.map(\.code) == ["UNKNOWN_KEY"])
    }

    @Test func aGoodServiceHasNoProblems() async throws {
        #expect(
            try await check("- descriptor: shop:store:memory:a:1.0\n- descriptor: shop:shop:default:a:1.0") == [])
    }

    @Test func everyProblemIsToldAtOnceWithItsLine() async throws {
        let problems = try await check(
            """
            - descriptor: shop:store:memory:a:1.0
              size: many
            - descriptor: shop:store:memory:b:1.0
              sise: 3
            - descriptor: shop:shop:default:a:1.0
              partner: x
              dependencies:
                partner: shop:shop:default:b:1.0
            - descriptor: shop:shop:default:b:1.0
              dependencies: { partner: "shop:shop:default:a:1.0", store: "shop:store:memory:a:1.0" }
            - descriptor: shop:shoop:default:c:1.0
            - descriptor: broken
            - descriptor: pip-services:cache:redis:default:1.0
            """)
        let expected = [
            ("12", "error", "BAD_DESCRIPTOR"), ("11", "error", "UNKNOWN_DESCRIPTOR"), ("2", "error", "BAD_VALUE"),
            ("4", "warning", "UNKNOWN_KEY"), ("5", "warning", "AMBIGUOUS"), ("6", "warning", "UNKNOWN_KEY"),
            ("5", "warning", "CYCLE"),
        ]
        for (line, severity, code) in expected {
            #expect(
                problems.contains { $0.hasPrefix("\(line) \(severity) \(code) ") }, "\(line) \(code) in \(problems)")
        }
        let (a, b) = ("shop:shop:default:a:1.0", "shop:shop:default:b:1.0")
        for part in [
            "uses 'shop:store:memory:b:1.0'", "also matches 'shop:store:memory:a:1.0'", "\(a) -> \(b) -> \(a)",
        ] {
            #expect(problems.contains { $0.contains(part) }, "\(part) in \(problems)")
        }
        #expect(problems.contains { $0.contains("did you mean 'shop:shop:") })
        #expect(RedisConnector.driver.isCompiledIn || problems.contains { $0.hasPrefix("13 error NOT_COMPILED_IN") })
    }

    @Test func whatNobodyUsesIsAWarning() async throws {
        let problems = try await check("- descriptor: shop:store:memory:a:1.0")
        #expect(problems.map { $0.prefix(16) } == ["1 warning UNUSED"])
        // Found by hand, or made of a factory that somebody uses, it counts as used.
        #expect(
            try await check("- descriptor: shop:store:memory:byhand:1.0\n- descriptor: shop:byhand:default:a:1.0") == []
        )
    }

    @Test func aVariableWithoutValueIsAWarningUnlessItHasADefault() async throws {
        let yaml = """
            - descriptor: shop:store:memory:a:1.0
              size: {{SIZE}}{{#unless SIZE}}7{{/unless}}
            - descriptor: shop:shop:default:{{NAME}}:1.0
              dependencies.store: {{#if STORE}}{{STORE}}{{/if}}
            """
        let problems = try await check(yaml)
        #expect(
            problems.map { $0.prefix(44) } == ["3 warning UNSET_VARIABLE The variable 'NAME'"])
        #expect(try await check(yaml, parameters: ["name": "x"]) == [])
    }

    /// The service of docs/getting-started.md, as far as a check sees it.
    final class Notes: Component, Commandable {
        let maxLength = Setting("options.max_length", default: 280)
        let persistence = Dependency<MemoryStore>("persistence", "notes:persistence:*:*:1.0")
        var commands: CommandSet {
            CommandSet { Command("get_notes") { (_, filter: [String: String]) in filter.count } }
        }
    }

    final class NotesController: RestController {
        let rest = RestHost(baseRoute: "v1")
        let service = Dependency<Notes>("service", "notes:service:*:*:1.0")
        var routes: [RestRoute] { RestRoute(.get, "/notes") { _, _ in [self.rest.baseRoute] } }
    }

    @Test(
        "The configuration of the tutorial has no problems, not even warnings",
        arguments: [[:], ["LOG_LEVEL": "trace", "MAX_LENGTH": "10", "HTTP_PORT": "0"]] as [AnyValueMap])
    func theTutorialIsClean(parameters: AnyValueMap) async throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let page = try String(contentsOf: root.appending(path: "docs/getting-started.md"), encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst().map {
            $0.components(separatedBy: "\n```")[0]
        }
        let yaml = try #require(blocks.first { $0.contains("notes:persistence:memory:default") })
        let factory = Factory("notes:persistence:memory:*:1.0") { MemoryStore() }
            .register("notes:service:*:*:1.0") { Notes() }
            .register("notes:controller:rest:*:1.0") { NotesController() }
        let container = Container("notes", factories: [factory])
        var document = try ConfigText.read(yaml, format: .yaml, file: "config.yml", parameters: parameters)
        document.misread = ConfigText.misread(yaml, parameters: parameters, document)
        await container.configure(ContainerConfig(document))
        #expect(await container.check().map(\.message) == [])
        #expect(yaml.contains("{{#unless LOG_LEVEL}}"), "the idiom of a default")
    }

    @Test("An unset variable is allowed as a whole value, and a warning inside a value")
    func unsetVariablesInsideValues() async throws {
        let codes = try await container(
            """
            - descriptor: shop:store:memory:byhand:1.0
              size: {{SIZE}}
            - descriptor: shop:byhand:default:a:1.0
            - { descriptor: "shop:store:memory:b:1.0", size: "{{SIZE}}" }
            - descriptor: shop:store:memory:c:1.0
              size: 1{{DIGIT}}
            """
        ).check().filter { $0.code == "UNSET_VARIABLE" }
        #expect(codes.map(\.key) == ["DIGIT"])
        #expect(codes.map(\.line) == [6])
    }

    @Test(
        "A list or a map where one value is expected is an error, with the key and the line",
        arguments: ["[7]", "{a: 7}"])
    func listsForOneValue(value: String) async throws {
        let problems = try await container("- descriptor: shop:store:memory:a:1.0\n  size: \(value)").check()
        let problem = try #require(problems.first { $0.severity == .error })
        #expect(problem.code == "BAD_VALUE" && problem.key == "size")
        #expect(problem.message.contains("expected one value"))
    }

    final class Strict: Component, Checkable, Openable {
        let size = Setting("size", default: 1)
        func checkConfiguration(_ context: Context) async throws {
            if size() > 9 { throw ApplicationError.config(code: "TOO_LARGE", "the size is more than 9") }
        }
        func open(_ context: Context) async throws { Issue.record("a check opens nothing") }
        func close(_ context: Context) async throws {}
    }

    @Test("A check reports the problems that components find in their configuration")
    func componentsCheckThemselves() async throws {
        let container = Container("test", factories: [Factory("test:strict:*:*:1.0") { Strict() }])
        func problems(_ yaml: String) async throws -> [ConfigProblem] {
            let document = try ConfigText.read(yaml, format: .yaml, file: "a.yml", parameters: [:])
            await container.configure(ContainerConfig(document))
            return await container.check()
        }
        #expect(try await problems("- descriptor: test:strict:default:a:1.0\n  size: 9") == [])
        let found = try await problems("\n- descriptor: test:strict:default:a:1.0\n  size: 10")
        #expect(found.map(\.code) == ["TOO_LARGE"])
        #expect(found.first?.line == 2 && found.first?.file == "a.yml")
    }

    @Test(
        "A check finds what no socket is needed for",
        arguments: [
            ("endpoint:http:default:1.0\n  connection: { port: 99999 }", "BAD_VALUE"),
            ("endpoint:http:default:1.0\n  connection: { port: 1, protocol: ftp }", "WRONG_PROTOCOL"),
            ("endpoint:http:default:1.0\n  connection: { port: 1, protocol: https }", "NO_CREDENTIAL"),
        ])
    func addressesAreChecked(section: String, code: String) async throws {
        let container = Container("test", factories: [])
        await container.configure(try ContainerConfigReader.readFromYAML("- descriptor: pip-services:\(section)"))
        #expect(await container.check().map(\.code).contains(code))
    }

    @Test func whatFailsToBeCreatedIsToldOnce() async throws {
        let factory = Factory("shop:shop:*:*:1.0") { Shop() }
        factory.register("shop:store:memory:*:1.0") { throw ApplicationError.config(code: "NO", "not today") }
        let container = Container("shop", factories: [factory])
        let yaml = "- descriptor: shop:store:memory:a:1.0\n- descriptor: shop:shop:default:a:1.0"
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
        let codes = await container.check().map(\.code)
        #expect(codes == ["NO"])
    }

    @Test("A missing required dependency is an error with line and component, and is never created")
    func nothingIsCreatedImplicitly() async throws {
        let yaml = "\n- descriptor: shop:shop:default:a:1.0"
        let problems = try await container(yaml).check()
        #expect(problems.map(\.code) == ["REF_ERROR"])
        let problem = try #require(problems.first)
        #expect(problem.file == "shop.yml" && problem.line == 2)
        for part in ["shop:shop:default:a:1.0", "'store'", "such as 'shop:store:memory:*:1.0'"] {
            #expect(problem.message.contains(part), "\(part) in \(problem.message)")
        }
        let graph = try await container(yaml).graph()
        #expect(!graph.nodes.contains { $0.name.hasPrefix("shop:store:") })
        let missing = try await check(yaml, stores: false)
        #expect(missing.map { $0.prefix(15) } == ["2 error REF_ERR"])
    }

    @Test("A named dependency of a logger without a match fails the check and the start")
    func namedLoggersMustExist() async throws {
        let yaml = """
            - descriptor: pip-services:logger:console:default:1.0
            - descriptor: shop:store:memory:a:1.0
            - descriptor: shop:shop:default:a:1.0
              dependencies:
                loggers: "pip-services:logger:consol:*:1.0"
            """
        let expected =
            "shop:shop:default:a:1.0: dependency 'loggers' is not resolved: no component matches "
            + "'pip-services:logger:consol:*:1.0'; the nearest is 'pip-services:logger:console:default:1.0'"
        // Once, although two loggers of the component look for it.
        let problems = try await check(yaml)
        #expect(problems.filter { $0.contains(" error ") } == ["5 error REF_ERROR \(expected)"])
        let container = try await container(yaml)
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(error?.code == "REF_ERROR")
        #expect(error?.message.hasSuffix(expected) == true, "\(error?.message ?? "")")
        let fixed = try await check(yaml.replacing("consol:", with: "console:"))
        #expect(fixed == [])
    }

    @Test func aFactoryOfTheConfigurationCreatesWhatFollowsIt() async throws {
        let graph = try await container(
            """
            - descriptor: shop:factory:default:a:1.0
              makes: goods
            - descriptor: made:goods:memory:a:1.0
            - descriptor: shop:shop:default:a:1.0
              dependencies: { store: "made:goods:*:*:*" }
            """
        ).graph()
        #expect(graph.problems == [])
        #expect(graph.nodes.flatMap(\.problems) == [])
        #expect(graph.nodes.map(\.name).contains("made:goods:memory:a:1.0"))
    }

    @Test func aCheckLeavesAnOpenContainerAlone() async throws {
        let container = Container("shop", factories: [])
        try await container.open(.empty)
        let before = container.references.allLocators
        #expect(await container.check() == [])
        #expect(container.references.allLocators == before)
        try await container.close(.empty)
    }

    @Test func theCatalogTellsSettingsAndDependencies() async throws {
        let catalog = try await container("").catalog()
        let store = try #require(catalog.first { $0.locator == "shop:store:memory:*:1.0" })
        #expect(store.settings.map(\.key) == ["size"])
        #expect(store.text().contains("size  a whole number  10  How many"))
        #expect(store.markdown().contains("| `size` | a whole number | `10` | How many |"))
        let shop = try #require(catalog.first { $0.locator == "shop:shop:*:*:1.0" })
        #expect(shop.text().contains("dependencies.store    the required Store at shop:store:*:*:1.0"))
    }
}
