import PipServices
import PipServicesTesting
import Testing

@Suite struct DependencyTests {
    protocol Store: Sendable { var name: String { get } }

    final class MemoryStore: Component, Store {
        let name: String
        init(_ name: String) { self.name = name }
    }

    final class Other: Component {}

    final class Service: Component {
        let store = Dependency<any Store>("store", "app:store:*:*:1.0", "old:store:*:*:1.0")
        let cache = OptionalDependency<any Store>("cache", "app:cache:*:*:1.0")
        let all = Dependencies<any Store>("all", "*:store:*:*:*", "*:cache:*:*:*")
    }

    @Test func theNewestThatMatchesIsTaken() async throws {
        let service = try await assemble(
            Service(),
            references: ["app:store:memory:a:1.0": MemoryStore("a"), "app:store:memory:b:1.0": MemoryStore("b")])
        #expect(try service.store().name == "b")
        #expect(service.cache() == nil)
        #expect(service.all().map(\.name) == ["a", "b"])
    }

    @Test func locatorsAreTriedInOrder() async throws {
        let service = try await assemble(
            Service(),
            references: ["app:store:memory:a:1.0": MemoryStore("app"), "old:store:memory:b:1.0": MemoryStore("old")])
        #expect(try service.store().name == "app")
    }

    @Test("A component that is found under several locators is one") func severalLocatorsOfOne() async throws {
        let (one, two) = (MemoryStore("one"), MemoryStore("two"))
        let service = try await assemble(
            Service(),
            references: [
                "app:store:a:default:1.0": one, "app:store:b:default:1.0": two, "app:cache:a:default:1.0": one,
                "new:store:a:default:1.0": one,
            ])
        #expect(service.all().map(\.name).sorted() == ["one", "two"])
    }

    @Test func aComponentOfAnotherTypeIsPassedOver() async throws {
        let service = try await assemble(
            Service(),
            references: ["app:store:memory:a:1.0": MemoryStore("a"), "app:store:http:b:1.0": Other()])
        #expect(try service.store().name == "a")
    }

    @Test func theConfigurationRedirects() async throws {
        let service = try await assemble(
            Service(), config: ["dependencies.store": "*:special:*:*:*"],
            references: ["x:special:memory:s:1.0": MemoryStore("s"), "app:store:memory:a:1.0": MemoryStore("a")])
        #expect(try service.store().name == "s")
    }

    @Test func aMissingDependencySaysWhatWasLookedFor() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(
                Service(),
                references: ["app:stores:memory:a:1.0": MemoryStore("a"), "app:store:http:b:1.0": Other()])
        }
        for part in [
            "Service", "'store'", "'app:store:*:*:1.0' or 'old:store:*:*:1.0'", "'app:store:http:b:1.0' (Other)",
            "which is not a Store",
        ] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    @Test func anOptionalDependencyThatIsAskedForMustBeThere() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(
                Service(), config: ["dependencies.cache": "app:cach:*:*:1.0"],
                references: ["app:store:memory:a:1.0": MemoryStore("a"), "app:cache:memory:a:1.0": MemoryStore("c")])
        }
        #expect(error?.message.contains("the nearest is 'app:cache:memory:a:1.0'") == true, "\(error?.message ?? "")")
    }

    @Test("A named dependency that matches no component is an error", arguments: [true, false])
    func manyThatAreNamedMustExist(hasMisfit: Bool) async {
        let locator = hasMisfit ? "app:other:*:*:1.0" : "app:cach:*:*:1.0"
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(
                Service(), config: ["dependencies.all": locator],
                references: [
                    "app:store:memory:a:1.0": MemoryStore("a"), "app:cache:memory:a:1.0": MemoryStore("c"),
                    "app:other:default:a:1.0": Other(),
                ])
        }
        #expect(error?.details["codes"] == ["REF_ERROR"])
        let reason = hasMisfit ? "matches 'app:other:default:a:1.0' (Other)" : "the nearest is 'app:cache:memory:a:1.0'"
        for part in ["Service", "'all'", "'\(locator)'", reason] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    @Test("A dependency that is named 'none' has no component") func noneNamesNoComponent() async throws {
        let service = try await assemble(
            Service(), config: ["dependencies.all": "none", "dependencies.cache": "none"],
            references: ["app:store:memory:a:1.0": MemoryStore("a"), "app:cache:memory:a:1.0": MemoryStore("c")])
        #expect(service.all().isEmpty)
        #expect(service.cache() == nil)
    }

    @Test("A clock, random source or connector that is named must exist", arguments: ["clock", "random", "connector"])
    func sourcesThatAreNamedMustExist(name: String) async {
        final class Timed: Component {
            let clock = ClockSlot()
            let random = RandomSlot()
            let client = RestClient()
        }
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(
                Timed(), config: ["dependencies.\(name)": "test:clok:*:*:1.0"],
                references: ["test:clock:virtual:default:1.0": VirtualClock()])
        }
        for part in ["dependency '\(name)'", "'test:clok:*:*:1.0'", "the nearest is 'test:clock:virtual:default:1.0'"] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    @Test func aMalformedDescriptorIsNamed() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(Service(), config: ["dependencies.store": "app:store"], references: [:])
        }
        #expect(error?.message.contains("'app:store' does not have the five parts of a descriptor") == true)
    }

    @Test func anUnlinkedDependencyThrows() {
        let error = #expect(throws: ApplicationError.self) { try Service().store() }
        #expect(error?.code == "NOT_LINKED")
        #expect(error?.category == .invalidState)
    }

    @Test func aComponentNeverDependsOnItself() async throws {
        final class Chain: Component, Store {
            let name = "chain"
            let next = OptionalDependency<any Store>("next", "*:store:*:*:*")
        }
        let chain = Chain()
        let references = References([("app:store:chain:default:1.0", chain)])
        try await assemble(chain, references: references)
        #expect(chain.next() == nil)
    }

    final class Endpoint: Component {
        let port = Setting("connection.port", default: 1)
        let other = OpenSection("connections", "Others")
    }

    final class Controller: Component {
        let endpoint = Shared<Endpoint>("endpoint", "*:endpoint:*:*:1.0") { Endpoint() }
    }

    @Test func aSharedComponentIsTakenWhereThereIsOne() async throws {
        let endpoint = Endpoint()
        let controller = try await assemble(
            Controller(), references: ["app:endpoint:http:default:1.0": endpoint])
        #expect(try controller.endpoint() === endpoint)
    }

    @Test(
        "Without a component to share, a section with a connection creates an owned one; any other section is an error")
    func ownedOnlyWithAConnection() async throws {
        for config in [["connection.port": "7"], ["connections.0.port": "7", "connection.port": "7"]] as [ConfigParams]
        {
            #expect(try await assemble(Controller(), config: config, references: [:]).endpoint().port() == 7)
        }
        for config in [[:], ["connection.port": ""]] as [ConfigParams] {
            let error = await #expect(throws: ApplicationError.self) {
                try await assemble(Controller(), config: config, references: [:])
            }
            #expect(error?.details["codes"]?.array?.first == "REF_ERROR")
            #expect(error?.message.contains("give the section a 'connection' of its own") == true)
        }
    }

    @Test func aDependencyWithoutALocatorMustBeGiven() async {
        final class Open: Component {
            let part = Dependency<Endpoint>("part", "none")
        }
        let error = await #expect(throws: ApplicationError.self) { try await assemble(Open(), references: [:]) }
        #expect(error?.message.contains("name the component in 'dependencies.part'") == true)
    }

    @Test func clockAndRandomComeFromTheService() async throws {
        final class Timed: Component {
            let clock = ClockSlot()
            let random = RandomSlot()
        }
        let clock = VirtualClock()
        let timed = try await assemble(
            Timed(),
            references: [
                "test:clock:virtual:default:1.0": clock, "test:random:seeded:default:1.0": SeededRandom(seed: 1),
            ])
        clock.advance(by: .seconds(5))
        #expect(timed.clock.uptime == .seconds(5))
        #expect(timed.random.next() == SeededRandom(seed: 1).next())
    }
}
