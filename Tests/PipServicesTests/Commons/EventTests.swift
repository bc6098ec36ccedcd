import PipServices
import Testing

@Suite struct EventTests {
    struct Failure: Error {}

    final class Noting: EventListener {
        let log = Locked<[String]>([])
        let error: (any Error)?
        init(failsWith error: (any Error)? = nil) { self.error = error }
        func onEvent(_ context: Context, _ event: Event, _ arguments: Parameters) async throws {
            log.withLock { $0.append("\(event.name) \(arguments.getAsString("value")) \(context.traceId ?? "-")") }
            if let error { throw error }
        }
    }

    private let context = Context(traceId: "t")

    @Test func listenersAreNotifiedInOrder() async throws {
        let event = Event("created")
        let (first, second) = (Noting(), Noting())
        event.addListener(first)
        event.addListener(second)
        try await event.notify(context, ["value": 1])
        event.removeListener(first)
        try await event.notify(context, ["value": 2])
        #expect(first.log.current == ["created 1 t"])
        #expect(second.log.current == ["created 1 t", "created 2 t"])
        #expect(event.listeners.count == 1)
    }

    @Test func aListenerAddedTwiceIsNotifiedTwice() async throws {
        let event = Event("created")
        let listener = Noting()
        event.addListener(listener)
        event.addListener(listener)
        event.removeListener(listener)
        try await event.notify(context, ["value": 1])
        #expect(listener.log.current == ["created 1 t"])
    }

    @Test func aFailureOfAListenerIsToldWithItsEvent() async {
        let event = Event("created")
        let last = Noting()
        event.addListener(Noting(failsWith: Failure()))
        event.addListener(last)
        let error = await #expect(throws: ApplicationError.self) { try await event.notify(context, [:]) }
        #expect(error?.code == "EXEC_FAILED")
        #expect(error?.message == "Raising event created failed")
        #expect(error?.details["event"] == "created")
        #expect(error?.traceId == "t")
        #expect(error?.causeError is Failure)
        #expect(last.log.current.isEmpty)
    }

    @Test func errorsOfListenersKeepTheirCode() async {
        let event = Event("created")
        event.addListener(Noting(failsWith: ApplicationError.conflict(code: "MINE", "mine")))
        let error = await #expect(throws: ApplicationError.self) { try await event.notify(context, [:]) }
        #expect(error?.code == "MINE")
        let cancelled = Event("cancelled")
        cancelled.addListener(Noting(failsWith: CancellationError()))
        await #expect(throws: CancellationError.self) { try await cancelled.notify(context, [:]) }
    }

    @Test func aSetKnowsItsEvents() async throws {
        let created = Event("created")
        var set = CommandSet {
            Command("create") { _, _ in }
            created
            if true { [Event("deleted"), Event("updated")] }
        }
        #expect(set.events.map(\.name) == ["created", "deleted", "updated"])
        #expect(set.findEvent("created") === created)
        #expect(set.findEvent("Created") == nil)
        let listener = Noting()
        set.addListener(listener)
        try await set.notify(context, "deleted", ["value": 1])
        try await set.notify(context, "unknown", ["value": 2])
        set.removeListener(listener)
        try await set.notify(context, "created", ["value": 3])
        #expect(listener.log.current == ["deleted 1 t"])
        set.addEvent(Event("created"))
        #expect(set.events.map(\.name) == ["deleted", "updated", "created"])
    }

    @Test func eventsAndListenersSurviveComposition() async throws {
        let created = Event("created")
        let (before, after) = (Noting(), Noting())
        created.addListener(before)
        let part = CommandSet {
            Command("create") { (context: Context, arguments: Parameters) in
                try await created.notify(context, arguments)
            }
            created
        }
        var merged = CommandSet { Command("own") { _, _ in } }
        merged.addCommandSet(part)
        let built = CommandSet {
            Command("outer") { _, _ in }
            merged
        }
        built.addListener(after)
        #expect(built.commands.map(\.name) == ["outer", "own", "create"])
        _ = try await built.execute(context, "create", ["value": 1])
        try await merged.notify(context, "created", ["value": 2])
        #expect(before.log.current == ["created 1 t", "created 2 t"])
        #expect(after.log.current == before.log.current)
    }
}
