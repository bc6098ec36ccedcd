import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct MessageListenerTests {
    private static let yaml = """
        - descriptor: pip-services:message-queue:memory:orders:1.0
        - descriptor: test:message-receiver:default:default:1.0
        - descriptor: pip-services:message-listener:default:default:1.0
          options: { concurrency: 2 }
        """

    private static func factory(_ receiver: some MessageReceiver & Component) -> Factory {
        Factory("test:message-receiver:default:*:1.0") { receiver }
    }

    private static func queue(_ container: Container) throws -> MemoryMessageQueue {
        try container.references.getOneRequired("*:message-queue:memory:orders:1.0", as: MemoryMessageQueue.self)
    }

    /// An open queue, with a listener that is open and does not accept yet.
    private static func listener(
        _ receiver: any MessageReceiver & Component, logger: RecordingLogger = RecordingLogger()
    ) async throws -> (queue: MemoryMessageQueue, listener: MessageListener) {
        let queue = try await assemble(MemoryMessageQueue("orders"))
        try await queue.open(.empty)
        let listener = try await assemble(
            MessageListener(),
            references: [
                "test:message-queue:memory:orders:1.0": queue, "test:message-receiver:default:default:1.0": receiver,
                "test:logger:recording:default:1.0": logger,
            ])
        try await listener.open(.empty)
        return (queue, listener)
    }

    @Test("A service with a listener handles the messages of its queue") func service() async throws {
        let receiver = TestMessageReceiver()
        try await withContainer(yaml: Self.yaml, factories: [Self.factory(receiver)]) { container in
            let queue = try Self.queue(container)
            #expect(queue.name == "orders")
            for number in 0..<10 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)")) }
            try await waitUntil(within: .seconds(30)) { receiver.messageCount == 10 }
        }
        #expect(Set(receiver.messages.compactMap(\.messageAsString)).count == 10)
    }

    @Test("options.concurrency messages are handled concurrently") func concurrency() async throws {
        let receiver = HeldReceiver()
        try await withContainer(yaml: Self.yaml, factories: [Self.factory(receiver)]) { container in
            let queue = try Self.queue(container)
            for number in 0..<4 { try await queue.send(.empty, MessageEnvelope(.empty, "t", "\(number)")) }
            try await waitUntil(within: .seconds(30)) { receiver.started == 2 }
            #expect(try await queue.readMessageCount(.empty) == 2)
            receiver.release()
            try await waitUntil(within: .seconds(30)) { receiver.started == 4 }
        }
    }

    @Test("At shutdown, messages in flight are handled and no more are received") func drain() async throws {
        let receiver = HeldReceiver()
        let (queue, listener) = try await Self.listener(receiver)
        for text in ["a", "b"] { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
        #expect(receiver.started == 0, "it is open and does not accept yet")
        try await listener.startAccepting(.empty)
        try await waitUntil(within: .seconds(30)) { receiver.started == 1 }
        let draining = Task { await listener.drain(.empty) }
        try await waitUntil(within: .seconds(30)) { listener.isDraining }
        receiver.release()
        await draining.value
        #expect(receiver.ended == 1)
        #expect(!listener.isOpen)
        let left = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        #expect((left.messageAsString, left.deliveryCount) == ("b", 1))
        try await listener.close(.empty)
    }

    @Test("A message not handled in time returns to the queue") func cancelledDrain() async throws {
        let receiver = HeldReceiver()
        let (queue, listener) = try await Self.listener(receiver)
        try await listener.startAccepting(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await waitUntil(within: .seconds(30)) { receiver.started == 1 }
        let draining = Task { await listener.drain(.empty) }
        draining.cancel()
        await draining.value
        #expect(receiver.ended == 0)
        #expect(try await queue.receive(.empty, waitTimeout: .zero)?.deliveryCount == 2)
        try await listener.close(.empty)
    }

    @Test("Starting a listener on a closed queue is an error") func closedQueue() async throws {
        let (queue, listener) = try await Self.listener(TestMessageReceiver())
        try await queue.close(.empty)
        do {
            try await listener.startAccepting(.empty)
            Issue.record("It started")
        } catch let error as ApplicationError {
            #expect(error.code == "NOT_OPENED")
            #expect(error.message.contains("'orders'"))
        }
    }

    @Test("A listener that already accepts does not start again") func acceptsOnce() async throws {
        let receiver = HeldReceiver()
        let (queue, listener) = try await Self.listener(receiver)
        for _ in 0..<2 { try await listener.startAccepting(.empty) }
        for text in ["a", "b"] { try await queue.send(.empty, MessageEnvelope(.empty, "t", text)) }
        try await waitUntil(within: .seconds(30)) { receiver.started == 1 }
        #expect(try await queue.readMessageCount(.empty) == 1)
        receiver.release()
        try await listener.close(.empty)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "c"))
        #expect(try await queue.receive(.empty, waitTimeout: .zero) != nil, "nobody else takes it")
        #expect(queue.waiterCount == 0)
    }

    @Test("A receiver whose listening has ended is kept no longer than until the next one") func endedReceivers()
        async throws
    {
        let queue = try await assemble(MemoryMessageQueue("orders"))
        try await queue.open(.empty)
        func listen() async throws -> @Sendable () -> TestMessageReceiver? {
            let receiver = TestMessageReceiver()
            let listening = Task { [receiver] in try await queue.listen(.empty, receiver) }
            try await waitUntil(within: .seconds(30)) { queue.waiterCount == 1 }
            listening.cancel()
            _ = await listening.result
            return { [weak receiver] in receiver }
        }
        let first = try await listen()
        _ = try await listen()
        try await waitUntil(within: .seconds(30)) { first() == nil }
        try await queue.close(.empty)
    }

    @Test("Closing a queue under its listener is logged") func closedUnderIt()
        async throws
    {
        let logger = RecordingLogger()
        let (queue, listener) = try await Self.listener(TestMessageReceiver(), logger: logger)
        try await listener.startAccepting(.empty)
        try await waitUntil(within: .seconds(30)) { queue.waiterCount == 1 }
        try await queue.close(.empty)
        try await waitUntil(within: .seconds(30)) { !listener.isOpen }
        let warnings = logger.messages.filter { $0.level == .warn && $0.message.contains("was closed") }
        #expect(warnings.count == 1)
    }

    @Test("A failing broker is retried later, and logged once") func failingBroker() async throws {
        let (transport, logger, clock) = (LoopbackTransport(), RecordingLogger(), VirtualClock())
        let queue = CachedMessageQueue("orders", transport)
        let references = References([
            ("test:logger:recording:default:1.0", logger), ("test:clock:virtual:default:1.0", clock),
        ])
        try await assemble(queue, references: references)
        try await queue.open(.empty)
        transport.failSubscriptions(2)
        let receiver = TestMessageReceiver()
        try await queue.beginListen(.empty, receiver)
        for _ in 0..<2 {
            try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(30))
        }
        try await waitUntil(within: .seconds(30)) { transport.subscriptions == 1 }
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        try await waitUntil(within: .seconds(30)) { receiver.messageCount == 1 }
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "b"))
        try await waitUntil(within: .seconds(30)) { receiver.messageCount == 2 }
        try await queue.close(.empty)
        #expect(logger.messages.count { $0.level == .error } == 1)
        #expect(logger.messages.count { $0.message.contains("can be received again") } == 1)
    }
}

/// A receiver whose handlers wait until they are released.
private final class HeldReceiver: MessageReceiver, Component {
    private struct State {
        var started = 0
        var ended = 0
        var isReleased = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    var started: Int { state.withLock { $0.started } }
    var ended: Int { state.withLock { $0.ended } }

    func release() {
        let waiting = state.withLock { state in
            state.isReleased = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReleased = state.withLock { state in
                    state.started += 1
                    if !state.isReleased { state.waiting.append(continuation) }
                    return state.isReleased
                }
                if isReleased { continuation.resume() }
            }
            try Task.checkCancellation()
        } onCancel: {
            release()
        }
        state.withLock { $0.ended += 1 }
    }
}
