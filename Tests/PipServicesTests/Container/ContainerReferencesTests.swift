import PipServicesTesting
import Testing

@testable import PipServices

/// Components that come and go while the container is open.
@Suite struct ContainerReferencesTests {
    final class Part: Component, Edge {
        let journal = Locked<[String]>([])
        let size = Setting("size", default: 1)
        let fails = Setting("fails", default: false)
        let failsToAccept = Setting("fails_to_accept", default: false)
        /// True to be opened only when it is released.
        let waits = Setting("waits", default: false)
        let isReleased = AsyncStream<Void>.makeStream()

        func open(_ context: Context) async throws {
            journal.withLock { $0.append("open") }
            if waits() { for await _ in isReleased.stream {} }
            if fails() { throw ApplicationError.connection(code: "NO", "not today") }
        }
        func startAccepting(_ context: Context) async throws {
            journal.withLock { $0.append("accept") }
            if failsToAccept() { throw ApplicationError.connection(code: "IN_USE", "the port is in use") }
        }
        func drain(_ context: Context) async { journal.withLock { $0.append("drain") } }
        func close(_ context: Context) async throws { journal.withLock { $0.append("close") } }
    }

    final class User: Component {
        let all = Dependencies<Part>("all", "test:part:*:*:1.0")
        let one = OptionalDependency<Part>("one", "test:part:*:*:1.0")
    }

    final class Needy: Component {
        let part = Dependency<Part>("part", "test:part:*:*:1.0")
    }

    /// It ends only when it is released.
    final class Reluctant: Component, Closable {
        let part = Dependency<Part>("part", "test:part:*:*:1.0")
        let isClosing = Locked(false)
        let isReleased = AsyncStream<Void>.makeStream()

        func close(_ context: Context) async throws {
            isClosing.withLock { $0 = true }
            for await _ in isReleased.stream {}
            let part = try part()
            part.journal.withLock { $0.append("used") }
        }
    }

    private func withUser(_ body: @Sendable (Container, User) async throws -> Void) async throws {
        let user = User()
        try await withContainer(
            yaml: "- descriptor: test:user:default:default:1.0", factories: [Factory("test:user:*:*:1.0") { user }]
        ) { try await body($0, user) }
    }

    @Test func aComponentThatComesLateIsConfiguredOpenedAndFound() async throws {
        try await withUser { container, user in
            let part = Part()
            try await container.put(.empty, "test:part:default:a:1.0", part, config: ["size": "3"])
            #expect(part.size() == 3)
            #expect(part.journal.current == ["open", "accept"])
            #expect(user.all().count == 1 && user.one() === part)
            let newer = Part()
            try await container.put(.empty, "test:part:default:b:1.0", newer)
            #expect(user.all().count == 2 && user.one() === newer)
            let removed = try await container.remove(.empty, "test:part:default:b:1.0")
            #expect(removed === newer)
            #expect(newer.journal.current == ["open", "accept", "drain", "close"])
            #expect(user.all().count == 1 && user.one() === part)
            try await container.close(.empty)
            #expect(part.journal.current == ["open", "accept", "drain", "close"])
        }
    }

    @Test func oneThatFailsLeavesNothingBehind() async throws {
        try await withUser { container, user in
            let part = Part()
            let error = await #expect(throws: ApplicationError.self) {
                try await container.put(.empty, "test:part:default:a:1.0", part, config: ["fails": "true"])
            }
            #expect(error?.code == "NO")
            #expect(part.journal.current == ["open", "drain", "close"])
            #expect(user.all().isEmpty && user.one() == nil)
            let bad = await #expect(throws: ApplicationError.self) {
                try await container.put(.empty, "test:part:default:a:1.0", Part(), config: ["size": "big"])
            }
            #expect(bad?.code == "BAD_VALUE")
            let none = try await container.remove(.empty, "test:part:default:a:1.0")
            #expect(none == nil)
        }
    }

    @Test("An edge that fails to start accepting is not linked, and is closed")
    func failedEdgeLeavesNothingBehind() async throws {
        try await withUser { container, user in
            let part = Part()
            let error = await #expect(throws: ApplicationError.self) {
                try await container.put(
                    .empty, "test:part:default:a:1.0", part, config: ["fails_to_accept": "true"])
            }
            #expect(error?.code == "IN_USE")
            #expect(part.journal.current == ["open", "accept", "drain", "close"])
            #expect(user.all().isEmpty && user.one() == nil)
            #expect(container.references.getOneOptional("test:part:*:*:*", as: Part.self) == nil)
            try await container.close(.empty)
            #expect(part.journal.current.count == 4)
        }
    }

    @Test("Of two concurrent puts, a failing one does not close the component of the other")
    func concurrentPutsUndoOnlyThemselves() async throws {
        try await withUser { container, user in
            let (slow, quick) = (Part(), Part())
            let putting = Task {
                try await container.put(
                    .empty, "test:part:default:slow:1.0", slow, config: ["waits": "true", "fails": "true"])
            }
            try await waitUntil(within: .seconds(30)) { slow.journal.current == ["open"] }
            try await container.put(.empty, "test:part:default:quick:1.0", quick)
            slow.isReleased.continuation.finish()
            await #expect(throws: ApplicationError.self) { try await putting.value }
            #expect(slow.journal.current == ["open", "drain", "close"])
            #expect(quick.journal.current == ["open", "accept"])
            #expect(user.all().count == 1 && user.one() === quick)
            try await container.close(.empty)
            #expect(quick.journal.current == ["open", "accept", "drain", "close"])
        }
    }

    @Test("One that failed to open does not keep what it would have needed") func failedComponentsNeedNothing()
        async throws
    {
        final class Failing: Component, Openable {
            let part = Dependency<Part>("part", "test:part:*:*:1.0")
            var isOpen: Bool { false }
            func open(_ context: Context) async throws {
                throw ApplicationError.connection(code: "NO", "not today")
            }
            func close(_ context: Context) async throws {}
        }
        try await withUser { container, _ in
            let part = Part()
            try await container.put(.empty, "test:part:default:a:1.0", part)
            await #expect(throws: ApplicationError.self) {
                try await container.put(.empty, "test:failing:default:a:1.0", Failing())
            }
            let removed = try await container.remove(.empty, "test:part:default:a:1.0")
            #expect(removed === part)
        }
    }

    @Test("A component that is put during a close is closed")
    func putDuringCloseIsUndone() async throws {
        try await withUser { container, _ in
            let part = Part()
            let putting = Task {
                try await container.put(.empty, "test:part:default:a:1.0", part, config: ["waits": "true"])
            }
            try await waitUntil(within: .seconds(30)) { part.journal.current == ["open"] }
            try await container.close(.empty)
            part.isReleased.continuation.finish()
            let error = await #expect(throws: ApplicationError.self) { try await putting.value }
            #expect(error?.code == "NOT_OPENED")
            #expect(part.journal.current == ["open", "drain", "close"])
        }
    }

    @Test func whatOthersCannotDoWithoutStays() async throws {
        let part = Part()
        let factory = Factory("test:part:*:*:1.0") { part }
        factory.register("test:needy:*:*:1.0") { Needy() }
        let yaml = "- descriptor: test:part:default:a:1.0\n- descriptor: test:needy:default:a:1.0"
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            let error = await #expect(throws: ApplicationError.self) {
                try await container.remove(.empty, "test:part:default:a:1.0")
            }
            #expect(error?.code == "IN_USE")
            #expect(error?.message.contains("test:needy:default:a:1.0") == true)
            #expect(part.journal.current == ["open", "accept"])
        }
    }

    @Test("A component is closed after those that depend on it and are still being removed")
    func dependentsThatLeaveEndFirst() async throws {
        let (part, reluctant) = (Part(), Reluctant())
        let factory = Factory("test:part:*:*:1.0") { part }
        factory.register("test:reluctant:*:*:1.0") { reluctant }
        let yaml = "- descriptor: test:part:default:a:1.0\n- descriptor: test:reluctant:default:a:1.0"
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            let first = Task { try await container.remove(.empty, "test:reluctant:default:a:1.0") }
            try await waitUntil(within: .seconds(30)) { reluctant.isClosing.current }
            let second = Task { try await container.remove(.empty, "test:part:default:a:1.0") }
            try await waitUntil(within: .seconds(30)) {
                container.references.getOneOptional("test:part:*:*:*", as: Part.self) == nil
            }
            // What would not wait would end now.
            for _ in 0..<1000 { await Task.yield() }
            #expect(part.journal.current == ["open", "accept"])
            reluctant.isReleased.continuation.finish()
            _ = try await (first.value, second.value)
            #expect(part.journal.current == ["open", "accept", "used", "drain", "close"])
        }
    }

    @Test("The last match of a dependency can't be removed; an unreferenced component can")
    func namedComponentsStay() async throws {
        let factory = Factory("test:part:*:*:1.0") { Part() }.register("test:user:*:*:1.0") { User() }
        let yaml = """
            - descriptor: test:part:default:a:1.0
            - descriptor: test:part:default:b:1.0
            - descriptor: test:user:default:default:1.0
              dependencies: { all: "test:part:*:a:1.0" }
            """
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            let error = await #expect(throws: ApplicationError.self) {
                try await container.remove(.empty, "test:part:default:a:1.0")
            }
            #expect(error?.code == "IN_USE")
            let removed = try await container.remove(.empty, "test:part:default:b:1.0")
            #expect(removed != nil)
        }
    }

    @Test func aClosedContainerTakesNothing() async throws {
        let container = Container("test", factories: [])
        for action in [
            { @Sendable () async throws in try await container.put(.empty, "test:part:default:a:1.0", Part()) },
            { @Sendable () async throws in _ = try await container.remove(.empty, "test:part:default:a:1.0") },
        ] {
            let error = await #expect(throws: ApplicationError.self) { try await action() }
            #expect(error?.code == "NOT_OPENED")
        }
    }
}
