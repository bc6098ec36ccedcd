import PipServices
import PipServicesTesting
import Testing

@Suite struct RunTests {
    struct Failure: Error {}

    /// Records calls, and fails when configured to.
    final class Part: Openable, Cleanable, Executable, Notifiable, Referenceable, Unreferenceable {
        let name: String
        let log: Locked<[String]>
        let fails: Bool

        init(_ name: String, _ log: Locked<[String]>, fails: Bool = false) {
            self.name = name
            self.log = log
            self.fails = fails
        }

        private func note(_ what: String) throws {
            log.withLock { $0.append("\(what) \(name)") }
            if fails { throw Failure() }
        }

        var isOpen: Bool { log.current.contains("open \(name)") }
        func open(_ context: Context) async throws { try note("open") }
        func close(_ context: Context) async throws { try note("close") }
        func clear(_ context: Context) async throws { try note("clear") }
        func notify(_ context: Context, _ arguments: Parameters) async throws { try note("notify") }
        func setReferences(_ references: References) async throws { try note("link") }
        func unsetReferences() async { try? note("unlink") }
        func execute(_ context: Context, _ arguments: Parameters) async throws -> Command.Result? {
            try note("execute")
            return "\(name) \(arguments.getAsInteger("n"))"
        }
    }

    private let log = Locked<[String]>([])
    private func parts(failing name: String = "") -> [any Sendable] {
        ["a", "b", "c"].map { Part($0, log, fails: $0 == name) } + ["no component"]
    }

    @Test func componentsAreOpenedInOrderAndClosedInReverse() async throws {
        let parts = parts()
        #expect(await !Opener.isOpen(parts))
        try await Opener.open(.empty, parts)
        #expect(await Opener.isOpen(parts))
        #expect(await Opener.isOpenOne("no component"))
        try await Closer.close(.empty, parts)
        try await Cleaner.clear(.empty, parts)
        #expect(
            log.current == [
                "open a", "open b", "open c", "close c", "close b", "close a", "clear a", "clear b", "clear c",
            ])
    }

    @Test func aFailureStopsOpeningButNotClosing() async {
        let parts = parts(failing: "b")
        await #expect(throws: Failure.self) { try await Opener.open(.empty, parts) }
        await #expect(throws: Failure.self) { try await Closer.close(.empty, parts) }
        #expect(log.current == ["open a", "open b", "close c", "close b", "close a"])
    }

    @Test func resultsComeInOrder() async throws {
        let results = try await Executor.execute(.empty, parts(), ["n": 1])
        #expect(results.map { $0 as? String } == ["a 1", "b 1", "c 1", nil])
        #expect(try await Executor.executeOne(.empty, "no component") == nil)
        try await Notifier.notify(.empty, parts())
        try await Referencer.setReferences(References(), parts())
        try await Referencer.setReferences(References([("x", Part("d", log))]))
        await Referencer.unsetReferences(parts())
        #expect(
            log.current.dropFirst(3) == [
                "notify a", "notify b", "notify c", "link a", "link b", "link c", "link d", "unlink a", "unlink b",
                "unlink c",
            ])
    }

    @Test func aCommandCanBeAnExecutable() async throws {
        let command = Command(
            "do", schema: ObjectSchema().withRequiredProperty("n", .integer), executing: Part("a", log))
        #expect(try await command.execute(.empty, ["n": 5]) as? String == "a 5")
        await #expect(throws: ApplicationError.self) { try await command.execute(.empty, [:]) }
    }

    @Test func aFactoryIsRemoved() throws {
        final class Thing: Component {}
        let first = Factory("a:b:c:d:1.0") { Thing() }
        let all = CompositeFactory([first])
        all.add(Factory("x:y:z:d:1.0") { Thing() })
        all.remove(Factory("a:b:c:d:1.0") { Thing() })
        #expect(all.canCreate("a:b:c:d:1.0") != nil)
        all.remove(first)
        all.remove(first)
        #expect(all.canCreate("a:b:c:d:1.0") == nil)
        #expect(all.canCreate("x:y:z:d:1.0") != nil)
    }

    @Test("A name never matches a descriptor, and names are compared as a whole") func locators() {
        let (name, descriptor): (Locator, Locator) = ("a:b", "a:b:c:d:1.0")
        #expect(name.descriptor == nil && descriptor.descriptor != nil)
        #expect(name != descriptor && !name.match(descriptor) && !descriptor.match(name))
        #expect(name.match("a:b") && !name.match("a:c"))
        #expect(descriptor.match("a:b:*:*:*") && !descriptor.match("a:b:x:*:*"))
        #expect("\(name) \(descriptor)" == "a:b a:b:c:d:1.0")
    }

    @Test func dependenciesAreResolvedByName() throws {
        var resolver = DependencyResolver(["log": "a:logger:*:*:1.0", "cache": "none"])
        #expect(resolver.getOneOptional("log", as: String.self) == nil)
        resolver.setReferences(References([("a:logger:x:1:1.0", "one"), ("a:logger:x:2:1.0", "two"), ("plain", "p")]))
        #expect(try resolver.getOneRequired("log") == "two")
        #expect(try resolver.find("log", required: true).count == 2)
        #expect(throws: ApplicationError.self) { _ = try resolver.getOneRequired("log", as: Int.self) }
        let missing = #expect(throws: ApplicationError.self) {
            _ = try resolver.getOneRequired("cache", as: String.self)
        }
        #expect(missing?.details["dependency"] == "cache")
        resolver.put("typo", "a:loger:*:*:1.0")
        let typo = #expect(throws: ApplicationError.self) { _ = try resolver.find("typo", required: true) }
        #expect(typo?.message.contains("the nearest is 'a:logger:") == true, "\(typo?.message ?? "")")
        let unknown = #expect(throws: ApplicationError.self) { _ = try resolver.find("lock", required: true) }
        #expect(unknown?.message.contains("did you mean 'log'?") == true)
        resolver.configure(["dependencies.cache": "plain", "dependencies.log": " ", "other.log": "x"])
        #expect(try resolver.getRequired("cache") == ["p"])
        #expect(resolver.locator("log") == "a:logger:*:*:1.0")
    }
}
