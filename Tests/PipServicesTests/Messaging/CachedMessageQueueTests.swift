import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct CachedMessageQueueTests {
    private func open(
        _ transport: LoopbackTransport, _ config: ConfigParams = [:]
    ) async throws -> CachedMessageQueue {
        let queue = try await assemble(CachedMessageQueue("q", transport), config: config)
        try await queue.open(.empty)
        return queue
    }

    @Test("A queue subscribes at the first receive, or at opening with autosubscribe")
    func subscribes() async throws {
        let lazy = LoopbackTransport()
        let queue = try await open(lazy)
        #expect(lazy.subscriptions == 0)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "a")
        _ = try await queue.receive(.empty, waitTimeout: .zero)
        #expect(lazy.subscriptions == 1)
        let eager = LoopbackTransport()
        _ = try await open(eager, ["options.autosubscribe": "true"])
        #expect(eager.subscriptions == 1)
    }

    @Test("Sending is limited by send_timeout; 0 means no limit", arguments: [0, 60_000])
    func sendTimeout(milliseconds: Int) async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.send_timeout": "\(milliseconds)"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(transport.deadlines.count == 1)
        #expect((transport.deadlines.first == .some(nil)) == (milliseconds == 0), "\(transport.deadlines)")
        #expect(try await queue.receive(.empty, waitTimeout: .seconds(30))?.messageAsString == "a")
    }

    @Test("The broker keeps a message until it is completed or dead-lettered") func acknowledgement() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.autosubscribe": "true"])
        for text in ["a", "b", "c"] { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
        for settle in [
            { try await queue.abandon(.empty, $0) }, { try await queue.complete(.empty, $0) },
            { try await queue.moveToDeadLetter(.empty, $0) },
        ] as [(MessageEnvelope) async throws -> Void] {
            try await settle(try #require(try await queue.receive(.empty, waitTimeout: .zero)))
        }
        #expect(transport.unacknowledged.map(\.messageAsString) == ["a"])
    }

    @Test("An unhandled message is delivered again after the queue was closed") func reopen() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        _ = try await queue.receive(.empty, waitTimeout: .seconds(30))
        try await queue.close(.empty)
        try await queue.open(.empty)
        let again = try #require(try await queue.receive(.empty, waitTimeout: .seconds(30)))
        #expect(again.messageAsString == "a")
        try await queue.complete(.empty, again)
        #expect(transport.unacknowledged.isEmpty)
    }

    @Test("An unreachable broker is an error, and the next call tries again") func outOfReach() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport)
        transport.failSubscriptions(1)
        do {
            _ = try await queue.receive(.empty, waitTimeout: .zero)
            Issue.record("It was received")
        } catch let error as ApplicationError {
            #expect(error.code == "NO_BROKER")
        }
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil)
        #expect(transport.subscriptions == 1)
    }

    @Test("A transport waits while the buffer is full") func backPressure() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.autosubscribe": "true", "options.max_size": "1"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        let isSent = Locked(false)
        let sending = Task {
            try await queue.send(.empty, MessageEnvelope(.empty, "t", "b"))
            isSent.withLock { $0 = true }
        }
        try await waitUntil(within: .seconds(30)) { transport.unacknowledged.count == 2 }
        #expect(!isSent.current)
        let first = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        #expect(!isSent.current)
        try await queue.complete(.empty, first)
        try await sending.value
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.messageAsString == "b")
    }

    @Test("A full buffer does not block the close of the queue") func closeWhileFull() async throws {
        let transport = StrictTransport()
        let queue = CachedMessageQueue("q", transport)
        try await assemble(queue, config: ["options.autosubscribe": "true", "options.max_size": "1"])
        try await queue.open(.empty)
        for text in ["a", "b"] { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
        try await waitUntil(within: .seconds(30)) { transport.isDelivering && transport.delivered == 1 }
        let isClosed = Locked(false)
        let closing = Task {
            try await queue.close(.empty)
            isClosed.withLock { $0 = true }
        }
        // By an assertion, and not by a hang.
        try await waitUntil(within: .seconds(30)) { isClosed.current }
        try await closing.value
        #expect(transport.delivered == 1, "the second was not accepted")
        try await queue.open(.empty)
        #expect(try await queue.readMessageCount(.empty) == 0, "the broker delivers them again")
    }

    @Test("A replayed dead letter is not acknowledged to the broker twice") func replay() async throws {
        let transport = LoopbackTransport()
        let queue = try await open(transport, ["options.autosubscribe": "true"])
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await queue.moveToDeadLetter(.empty, try #require(try await queue.receive(.empty, waitTimeout: .zero)))
        #expect(transport.acknowledged == 1)
        #expect(try await queue.replayDeadLetters(.empty, ids: nil) == 1)
        try await queue.complete(.empty, try #require(try await queue.receive(.empty, waitTimeout: .zero)))
        #expect(transport.acknowledged == 1)
    }
}

/// A broker whose client ends a subscription only after the delivery in flight.
private final class StrictTransport: MessageTransport {
    private struct State: Sendable {
        var deliver: (@Sendable (MessageEnvelope) async throws -> Void)?
        var last: Task<Void, Never>?
        var isDelivering = false
        var delivered = 0
    }

    private let state = Locked(State())

    var isDelivering: Bool { state.withLock { $0.isDelivering } }
    var delivered: Int { state.withLock { $0.delivered } }

    func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws {
        state.withLock { state in
            guard let deliver = state.deliver else { return }
            state.last = Task { [last = state.last] in
                await last?.value
                self.state.withLock { $0.isDelivering = true }
                let isAccepted = (try? await deliver(message)) != nil
                self.state.withLock { state in
                    state.isDelivering = false
                    if isAccepted { state.delivered += 1 }
                }
            }
        }
    }

    func subscribe(
        _ context: Context, _ address: MessageAddress,
        _ deliver: @escaping @Sendable (MessageEnvelope) async throws -> Void
    ) async throws {
        state.withLock { $0.deliver = deliver }
    }

    func unsubscribe(_ context: Context, _ address: MessageAddress) async throws {
        let last = state.withLock { state in
            state.deliver = nil
            return state.last
        }
        await last?.value
    }

    func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws {}
}
