import PipServicesTesting
import Testing

@testable import PipServices

/// A queue with a journal that stores nothing before it may.
@Suite struct MessageJournalTests {
    /// Keeps those who store something waiting, one after the other.
    private final class HeldJournal: MessageJournal {
        private struct State {
            var isHeld = false
            var refusesRemovals = false
            var stored: [[MessageChange]] = []
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Locked(State())

        var waiting: Int { state.withLock { $0.waiting.count } }
        var stored: [[MessageChange]] { state.withLock { $0.stored } }

        func hold() { state.withLock { $0.isHeld = true } }

        func refuseRemovals(_ refuses: Bool) { state.withLock { $0.refusesRemovals = refuses } }

        func release() {
            let waiting = state.withLock { state in
                state.isHeld = false
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func load(_ context: Context) async throws -> [JournaledMessage] { [] }
        func close(_ context: Context) async throws {}

        func append(_ context: Context, _ changes: [MessageChange]) async throws {
            let isRemoval = changes.contains { if case .remove = $0 { true } else { false } }
            if isRemoval, state.withLock({ $0.refusesRemovals }) {
                throw ApplicationError.file(code: "WRITE_FAILED", "The disk is full")
            }
            await withCheckedContinuation { continuation in
                let isHeld = state.withLock { state in
                    state.stored.append(changes)
                    if state.isHeld { state.waiting.append(continuation) }
                    return state.isHeld
                }
                if !isHeld { continuation.resume() }
            }
        }
    }

    private let journal = HeldJournal()

    private func open(_ options: MessageQueueOptions = MessageQueueOptions()) async throws -> MemoryMessageConnection {
        let connection = try await assemble(MemoryMessageConnection(journal: journal))
        try await connection.subscribe(.empty, "q", options)
        return connection
    }

    private func send(_ connection: MemoryMessageConnection, _ text: String) async throws {
        try await connection.publish(.empty, MessageEnvelope(.empty, "t", text), to: .queue("q"), timeout: .zero)
    }

    private func receive(_ connection: MemoryMessageConnection) async throws -> MessageEnvelope? {
        try await connection.receive(.empty, "q", wait: .zero, lock: .seconds(30))
    }

    private func bury(_ connection: MemoryMessageConnection) async throws {
        let message = try #require(try await receive(connection))
        let error = ErrorDescription(ApplicationError.conflict(code: "WHY", "because"))
        try await connection.settle(.empty, message, try #require(message.reference), .deadLetter(error))
    }

    @Test(
        "A message is delivered only after its delivery count is stored, in every kind of receive", arguments: [0, 30])
    func deliveryIsStored(_ wait: Int) async throws {
        let connection = try await open()
        if wait == 0 { try await send(connection, "a") }
        let isReceived = Locked(false)
        journal.hold()
        let receiving = Task {
            let message = try await connection.receive(.empty, "q", wait: .seconds(wait), lock: .seconds(30))
            isReceived.withLock { $0 = true }
            return message
        }
        if wait > 0 {
            try await waitUntil(within: .seconds(30)) { connection.waiterCount("q") == 1 }
            journal.release()
            try await send(connection, "a")
        }
        try await waitUntil(within: .seconds(30)) { journal.stored.count == 2 }
        if wait == 0 { #expect(!isReceived.current) }
        journal.release()
        #expect(try await receiving.value?.deliveryCount == 1)
        #expect(journal.stored.last == [.delivered(1, count: 1)])
    }

    @Test("A dead letter that is being replayed is neither removed by others nor lost") func replay() async throws {
        let connection = try await open(MessageQueueOptions(maxDeadLetters: 1))
        for text in ["a", "b"] { try await send(connection, text) }
        try await bury(connection)
        journal.hold()
        let replaying = Task { try await connection.replayDeadLetters(.empty, "q", ids: nil) }
        try await waitUntil(within: .seconds(30)) { journal.waiting == 1 }
        #expect(try await connection.removeDeadLetters(.empty, "q", ids: nil) == 0)
        journal.release()
        #expect(try await replaying.value == 1)
        #expect(try await receive(connection)?.messageAsString == "b")
        #expect(try await receive(connection)?.messageAsString == "a")
        let removed = journal.stored.joined().contains { if case .remove = $0 { true } else { false } }
        #expect(!removed)
    }

    @Test("A dead letter that cannot be dropped now stays, and is dropped with the next one") func failedDrop()
        async throws
    {
        let connection = try await open(MessageQueueOptions(maxDeadLetters: 1))
        func letters() async throws -> [String?] {
            try await connection.readDeadLetters(.empty, "q", 10).map(\.message.messageAsString)
        }
        for text in ["a", "b", "c"] { try await send(connection, text) }
        try await bury(connection)
        journal.refuseRemovals(true)
        try await bury(connection)
        #expect(try await letters() == ["a", "b"])
        journal.refuseRemovals(false)
        try await bury(connection)
        #expect(try await letters() == ["c"])
    }

    @Test("A message sent during a clear stays, in memory and in the journal") func clear()
        async throws
    {
        let connection = try await open()
        try await send(connection, "old")
        journal.hold()
        let clearing = Task { try await connection.clear(.empty, "q") }
        try await waitUntil(within: .seconds(30)) { journal.waiting == 1 }
        let sending = Task { try await send(connection, "new") }
        try await waitUntil(within: .seconds(30)) { journal.waiting == 2 }
        journal.release()
        try await clearing.value
        try await sending.value
        #expect(try await receive(connection)?.messageAsString == "new")
        #expect(try await receive(connection) == nil)
        #expect(journal.stored.joined().contains(.remove(1)))
        #expect(!journal.stored.joined().contains(.remove(2)))
    }
}
