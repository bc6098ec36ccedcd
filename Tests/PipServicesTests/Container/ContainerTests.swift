import PipServicesTesting
import ServiceLifecycle
import Testing

@testable import PipServices

@Suite struct ContainerTests {
    /// Notes what happens to its parts, in order.
    final class Journal: Sendable {
        private let entries = Locked<[String]>([])
        /// True to end what hangs.
        let isReleased = Locked(false)
        var all: [String] { entries.current }
        func note(_ entry: String) { entries.withLock { $0.append(entry) } }
    }

    final class Part: Component, Edge {
        let name: String
        let journal: Journal
        let fails = Setting<String?>("fails", default: nil)
        let hangs = Setting("hangs", default: false)
        let needs = Dependencies<Part>("needs", "none")

        init(_ name: String, _ journal: Journal) {
            self.name = name
            self.journal = journal
            journal.note("create \(name)")
        }

        private func step(_ step: String) throws {
            journal.note("\(step) \(name)")
            if fails() == step { throw ApplicationError.connection(code: "NO", "\(name) can't \(step)") }
        }

        func open(_ context: Context) async throws { try step("open") }
        func startAccepting(_ context: Context) async throws { try step("accept") }
        func drain(_ context: Context) async { journal.note("drain \(name)") }
        func close(_ context: Context) async throws {
            try step("close")
            while hangs(), !journal.isReleased.current { await Task.yield() }
        }
    }

    private func factory(_ journal: Journal) -> Factory {
        Factory().register("test:part:*:*:1.0", requested: { Part($0.descriptor?.name ?? "?", journal) })
    }

    private func open(_ yaml: String, _ journal: Journal = Journal()) async throws -> Container {
        let container = Container("test", factories: [factory(journal)])
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
        try await container.open(.empty)
        return container
    }

    @Test func componentsOpenAfterWhatTheyNeedAndCloseInReverse() async throws {
        let journal = Journal()
        let container = try await open(
            """
            - descriptor: test:part:default:a:1.0
              dependencies: { needs: "test:part:default:b:1.0" }
            - descriptor: test:part:default:b:1.0
            - descriptor: test:part:default:c:1.0
            """, journal)
        #expect(await container.isOpen)
        try await container.close(.empty)
        #expect(await !container.isOpen)
        #expect(
            journal.all.prefix(9) == [
                "create a", "create b", "create c", "open b", "open a", "open c", "accept b", "accept a", "accept c",
            ])
        #expect(Set(journal.all[9..<12]) == ["drain a", "drain b", "drain c"])
        #expect(journal.all.suffix(3) == ["close c", "close a", "close b"])
    }

    protocol Opening: Sendable {}

    final class HiddenPart: Component, Openable, Opening {
        let name: String
        let journal: Journal
        let needs = OptionalDependency<any Opening>("needs", "none")

        init(_ name: String, _ journal: Journal) {
            self.name = name
            self.journal = journal
        }

        func open(_ context: Context) async throws { journal.note("open \(name)") }
        func close(_ context: Context) async throws {}
    }

    @Test func whatIsNeededBehindAProtocolOpensFirstToo() async throws {
        let journal = Journal()
        let factory = Factory().register(
            "test:hidden:*:*:1.0", requested: { HiddenPart($0.descriptor?.name ?? "?", journal) })
        let yaml = """
            - descriptor: test:hidden:default:a:1.0
              dependencies: { needs: "test:hidden:default:b:1.0" }
            - descriptor: test:hidden:default:b:1.0
            """
        try await withContainer(yaml: yaml, factories: [factory]) { _ in }
        #expect(journal.all == ["open b", "open a"])
    }

    /// Components in a circle keep each other, also when they are closed: told apart by name for the leak check.
    final class CircularPart: Component, Openable {
        let name: String
        let journal: Journal
        let needs = Dependency<CircularPart>("needs", "none")

        init(_ name: String, _ journal: Journal) {
            self.name = name
            self.journal = journal
        }

        func open(_ context: Context) async throws { journal.note("open \(name)") }
        func close(_ context: Context) async throws { journal.note("close \(name)") }
    }

    @Test func cyclesAreBrokenByTheOrderOfTheFile() async throws {
        let journal = Journal()
        let factory = Factory().register(
            "test:circular:*:*:1.0", requested: { CircularPart($0.descriptor?.name ?? "?", journal) })
        let container = Container("test", factories: [factory])
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                """
                - descriptor: test:circular:default:a:1.0
                  dependencies: { needs: "test:circular:default:b:1.0" }
                - descriptor: test:circular:default:b:1.0
                  dependencies: { needs: "test:circular:default:a:1.0" }
                """))
        try await container.open(.empty)
        try await container.close(.empty)
        #expect(journal.all == ["open b", "open a", "close a", "close b"])
    }

    @Test(arguments: ["open", "accept"])
    func aFailedStartClosesWhatWasOpened(step: String) async throws {
        let journal = Journal()
        let error = await #expect(throws: ApplicationError.self) {
            try await open(
                """
                - descriptor: test:part:default:a:1.0
                - descriptor: test:part:default:b:1.0
                  fails: \(step)
                - descriptor: test:part:default:c:1.0
                """, journal)
        }
        #expect(error?.message == "b can't \(step)")
        let closed = journal.all.filter { $0.hasPrefix("close") }
        #expect(closed == (step == "open" ? ["close b", "close a"] : ["close c", "close b", "close a"]))
    }

    @Test("The log names the component that failed to open or to start accepting", arguments: ["open", "accept"])
    func failedStartNamesTheComponent(step: String) async throws {
        let logger = RecordingLogger()
        let container = Container("test", allFactories: [factory(Journal())], logger: logger)
        let yaml = "- descriptor: test:part:default:a:1.0\n- descriptor: test:part:default:b:1.0\n  fails: \(step)"
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
        await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(logger.messages.contains { $0.level == .fatal && $0.message.contains("'test:part:default:b:1.0'") })
    }

    @Test func aStartThatIsCancelledClosesWhatWasOpened() async throws {
        final class Slow: Component, Openable {
            let journal: Journal
            init(_ journal: Journal) { self.journal = journal }
            func open(_ context: Context) async throws {
                journal.note("opening")
                try await Task.sleep(for: .seconds(3600))
            }
            func close(_ context: Context) async throws {
                for _ in 0..<100 { await Task.yield() }
                journal.note("close slow")
            }
        }
        let journal = Journal()
        let factories = [factory(journal), Factory("test:slow:*:*:1.0") { Slow(journal) }]
        let container = Container("test", factories: factories)
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                "- descriptor: test:part:default:a:1.0\n- descriptor: test:slow:default:b:1.0"))
        let opening = Task { try await container.open(.empty) }
        try await waitUntil { journal.all.last == "opening" }
        opening.cancel()
        await #expect(throws: CancellationError.self) { try await opening.value }
        #expect(journal.all.suffix(3) == ["drain a", "close slow", "close a"])
    }

    @Test func aFailingCloseDoesNotKeepTheOthersOpen() async throws {
        let journal = Journal()
        let container = try await open(
            """
            - descriptor: test:part:default:a:1.0
            - descriptor: test:part:default:b:1.0
              fails: close
            """, journal)
        let error = await #expect(throws: ApplicationError.self) { try await container.close(.empty) }
        #expect(error?.code == "CLOSE_FAILED")
        #expect(error?.message == "Container 'test' failed to close: test:part:default:b:1.0")
        #expect(journal.all.suffix(2) == ["close b", "close a"])
        #expect(await !container.isOpen)
    }

    /// A logger that notes when it is closed.
    final class ClosingLogger: Logger, Component, Closable {
        let journal: Journal
        let needs = Dependencies<Part>("needs", "none")
        var level: LogLevel { .trace }

        init(_ journal: Journal) { self.journal = journal }

        func log(_ level: LogLevel, _ context: Context, error: (any Error)?, message: String, fields: AnyValueMap) {
            journal.note("log \(message)")
        }
        func close(_ context: Context) async throws { journal.note("close logger") }
    }

    @Test("A component that hangs in close leaves time to the others; loggers and their dependencies close last")
    func loggersCloseLast() async throws {
        let journal = Journal()
        let factories = [factory(journal), Factory("test:logger:*:*:1.0") { ClosingLogger(journal) }]
        let clock = VirtualClock()
        factories[0].register("test:clock:*:*:1.0") { clock }
        let container = Container("test", factories: factories)
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                """
                - descriptor: test:clock:default:default:1.0
                - descriptor: pip-services:container:default:default:1.0
                  shutdown: { timeout: 1000 }
                - descriptor: test:part:default:a:1.0
                - descriptor: test:logger:default:default:1.0
                  dependencies: { needs: "test:part:default:sink:1.0" }
                - descriptor: test:part:default:sink:1.0
                - descriptor: test:part:default:b:1.0
                  hangs: true
                """))
        try await container.open(.empty)
        let closing = Task { try await container.close(.empty) }
        try await waitUntil(within: .seconds(30)) { journal.all.last == "close b" }
        // Half of the time, and its share of the other half: the four that close have 125 ms each.
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
        clock.advance(by: .milliseconds(624))
        for _ in 0..<100 { await Task.yield() }
        #expect(journal.all.last == "close b")
        clock.advance(by: .milliseconds(1))
        let error = await #expect(throws: ApplicationError.self) { try await closing.value }
        #expect(error?.message.contains("test:part:default:b:1.0") == true)
        journal.isReleased.withLock { $0 = true }
        #expect(
            journal.all.suffix(5) == [
                "log test:part:default:b:1.0 did not close within 625 ms, and is abandoned", "close a",
                "log Container test stopped", "close logger", "close sink",
            ])
    }

    /// Opens and closes when it may, whether it is cancelled or not.
    final class SlowPart: Component, Openable {
        let journal: Journal
        let mayOpen = Locked(false)
        let mayClose = Locked(false)

        init(_ journal: Journal) { self.journal = journal }

        func open(_ context: Context) async throws {
            journal.note("opening")
            while !mayOpen.current { await Task.yield() }
        }
        func close(_ context: Context) async throws {
            journal.note("closing")
            while !mayClose.current { await Task.yield() }
            journal.note("closed")
        }
    }

    private func slow(_ journal: Journal) async throws -> (Container, SlowPart) {
        let slow = SlowPart(journal)
        let container = Container("test", factories: [factory(journal), Factory("test:slow:*:*:1.0") { slow }])
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                "- descriptor: test:part:default:a:1.0\n- descriptor: test:slow:default:b:1.0"))
        return (container, slow)
    }

    @Test("A close during an open cancels it, and returns when all opened components are closed")
    func closeDuringOpen() async throws {
        let journal = Journal()
        let (container, slow) = try await slow(journal)
        slow.mayClose.withLock { $0 = true }
        let opening = Task { try await container.open(.empty) }
        try await waitUntil(within: .seconds(30)) { journal.all.last == "opening" }
        let closing = Task {
            try await container.close(.empty)
            journal.note("close returned")
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(journal.all.last == "opening")
        slow.mayOpen.withLock { $0 = true }
        try await closing.value
        #expect(journal.all.suffix(4) == ["closing", "closed", "close a", "close returned"])
        await #expect(throws: CancellationError.self) { try await opening.value }
        #expect(await !container.isOpen)
        try await container.open(.empty)
        try await container.close(.empty)
    }

    @Test("All concurrent calls of close wait until the container is closed") func secondCloseWaits() async throws {
        let journal = Journal()
        let (container, slow) = try await slow(journal)
        slow.mayOpen.withLock { $0 = true }
        try await container.open(.empty)
        @Sendable func close() async throws {
            try await container.close(.empty)
            journal.note("returned")
        }
        let first = Task { try await close() }
        try await waitUntil(within: .seconds(30)) { journal.all.last == "closing" }
        let second = Task { try await close() }
        for _ in 0..<100 { await Task.yield() }
        #expect(journal.all.last == "closing")
        slow.mayClose.withLock { $0 = true }
        try await first.value
        try await second.value
        #expect(journal.all.suffix(4) == ["closed", "close a", "returned", "returned"])
    }

    @Test func aCloseThatHangsIsLeftAndNamed() async throws {
        let journal = Journal()
        let container = try await open(
            """
            - descriptor: pip-services:container:default:default:1.0
              shutdown: { timeout: 50 }
            - descriptor: test:part:default:a:1.0
            - descriptor: test:part:default:b:1.0
              hangs: true
            """, journal)
        let error = await #expect(throws: ApplicationError.self) { try await container.close(.empty) }
        journal.isReleased.withLock { $0 = true }
        #expect(error?.code == "SHUTDOWN_OVERRUN")
        #expect(error?.message.contains("test:part:default:b:1.0") == true)
        #expect(journal.all.last == "close a")
    }

    @Test func aSecondOpenIsRefusedAndAClosedContainerOpensAgain() async throws {
        let container = try await open("- descriptor: test:part:default:a:1.0")
        let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
        #expect(error?.code == "ALREADY_OPENED")
        try await container.close(.empty)
        try await container.close(.empty)
        try await container.open(.empty)
        #expect(container.references.getOneOptional("test:part:*:*:*", as: Part.self) != nil)
        try await container.close(.empty)
    }

    @Test func allMistakesAreToldAtOnceWithTheirLines() async {
        let error = await #expect(throws: ApplicationError.self) {
            try await open(
                """
                - descriptor: test:prt:default:a:1.0
                - descriptor: pip-services:logger:console:default:1.0
                  level: loud
                - descriptor: test:part:default:a:1.0
                  dependencies:
                    needs: "a:b"
                - type: Some.Type,library
                """)
        }
        let message = error?.message ?? ""
        #expect(error?.category == .misconfiguration)
        for part in [
            "4 mistakes", "'needs' is not resolved: no component matches 'a:b'",
            "Unknown descriptor 'test:prt:default:a:1.0'", "did you mean 'test:part:*:*:1.0'?",
            "'level' is 'loud'", "Types can't be created by name in Swift",
        ] {
            #expect(message.contains(part), "\(part) in \(message)")
        }
    }

    @Test func aHiddenSlotIsAMistake() async throws {
        final class Hiding: Component {
            let list = [Setting("in.a.list", default: 1)]
        }
        final class Listing: Component {
            let list = [Setting("in.a.list", default: 1)]
            var slots: [any Slot] { list }
        }
        final class Using: Component {
            let size: Int
            init() { size = Setting("used.and.thrown.away", default: 1)() }
        }
        func open(_ create: @escaping @Sendable () -> any Component) async throws {
            let container = Container("test", factories: [Factory("test:x:*:*:1.0", create)])
            await container.configure(ContainerConfig([ComponentConfig(Descriptor("test", "x", "d", "d", "1.0"))]))
            try await container.open(.empty)
            try await container.close(.empty)
        }
        let error = await #expect(throws: ApplicationError.self) { try await open { Hiding() } }
        #expect(error?.code == "HIDDEN_SLOT")
        #expect(error?.message.contains("setting 'in.a.list'") == true)
        #expect(error?.message.contains("test:x:d:d:1.0: test:x:d:d:1.0:") == false)
        try await open { Listing() }
        try await open { Using() }
    }

    @Test func itHasContextInfoAndItsFactoryByItself() async throws {
        let container = try await open("- descriptor: test:part:default:a:1.0")
        let info = try container.references.getOneRequired("*:context-info:*:*:1.0", as: ContextInfo.self)
        #expect(info.name == "test")
        #expect(
            container.references.getOneOptional(
                "pip-services:factory:container:default:1.0", as: (any ComponentFactory).self) != nil)
        try await container.close(.empty)
    }

    @Test func theConfiguredContextInfoReplacesItsOwn() async throws {
        let container = try await open(
            "- descriptor: pip-services:context-info:default:default:1.0\n  name: other\n  properties: { a: 1 }")
        let infos = container.references.getOptional("*:context-info:*:*:*", as: ContextInfo.self)
        #expect(infos.map(\.name) == ["other"])
        #expect(infos.first?.properties == ["a": "1"])
        try await container.close(.empty)
    }

    @Test func anUnknownKeyIsAWarning() async throws {
        let logger = RecordingLogger()
        let factory = Factory("test:logger:recording:*:1.0") { logger }
        let yaml =
            "- descriptor: test:logger:recording:a:1.0\n- descriptor: pip-services:logger:console:default:1.0\n  levl: info"
        try await withContainer(yaml: yaml, factories: [factory]) { _ in }
        let warnings = logger.messages.filter { $0.level == .warn }.map(\.message)
        #expect(warnings.count == 1, "\(warnings)")
        #expect(warnings.first?.contains("unknown key 'levl'; did you mean 'level'?") == true)
    }

    @Test func innerComponentsOpenFirst() async throws {
        final class Outer: Component, Openable {
            let inner: Part
            let journal: Journal
            init(_ journal: Journal) {
                inner = Part("inner", journal)
                self.journal = journal
            }
            func open(_ context: Context) async throws { journal.note("open outer") }
            func close(_ context: Context) async throws { journal.note("close outer") }
        }
        let journal = Journal()
        let container = Container("test", factories: [Factory("test:outer:*:*:1.0") { Outer(journal) }])
        await container.configure(ContainerConfig([ComponentConfig(Descriptor("test", "outer", "d", "d", "1.0"))]))
        try await container.open(.empty)
        try await container.close(.empty)
        #expect(
            journal.all == [
                "create inner", "open inner", "open outer", "accept inner", "drain inner", "close outer", "close inner",
            ])
    }

    @Test func itRunsAsAServiceUntilGracefulShutdown() async throws {
        let journal = Journal()
        let container = Container("test", factories: [factory(journal)])
        await container.configure(try ContainerConfigReader.readFromYAML("- descriptor: test:part:default:a:1.0"))
        let group = ServiceGroup(
            configuration: .init(services: [container], gracefulShutdownSignals: [], logger: .init(label: "test")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await waitUntil { await container.isOpen }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(journal.all.last == "close a")
    }

    @Test func aLongChainOfDependenciesOpens() async throws {
        let journal = Journal()
        // How long so many take to end is not what this is about: on a slow machine it is more than the usual bound.
        var components = [
            ComponentConfig(
                Descriptor("pip-services", "container", "default", "default", "1.0"), ["shutdown.timeout": "600000"])
        ]
        let count = 2000
        for index in 0..<count {
            components.append(
                ComponentConfig(
                    Descriptor("test", "part", "default", "\(index)", "1.0"),
                    index + 1 < count ? ["dependencies.needs": "test:part:default:\(index + 1):1.0"] : [:]))
        }
        let container = Container("test", factories: [factory(journal)])
        await container.configure(ContainerConfig(components))
        try await container.open(.empty)
        #expect(journal.all.first { $0.hasPrefix("open") } == "open \(count - 1)")
        try await container.close(.empty)
    }
}
