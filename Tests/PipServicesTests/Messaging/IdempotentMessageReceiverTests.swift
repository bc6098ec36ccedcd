import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct IdempotentMessageReceiverTests {
    private let clock = VirtualClock()
    private let store = MemoryKeyValueConnector()

    private func assembled(
        _ receiver: some MessageReceiver & Component
    ) async throws -> (receiver: IdempotentMessageReceiver, queue: MemoryMessageQueue) {
        let references = References([
            ("test:clock:virtual:default:1.0", clock), ("test:message-receiver:default:default:1.0", receiver),
        ])
        let queue = try await assemble(MemoryMessageQueue("q"), references: references)
        try await queue.open(.empty)
        let idempotent = IdempotentMessageReceiver(store, receiver: "test:message-receiver:default:*:1.0")
        return (try await assemble(idempotent, references: references), queue)
    }

    /// Receives and handles the next message. True if it was completed.
    private func handleNext(_ receiver: some MessageReceiver, _ queue: MemoryMessageQueue) async throws -> Bool {
        let message = try #require(try await queue.receive(.empty, waitTimeout: .zero))
        return await queue.handle(.empty, message) { context, message in
            try await receiver.receiveMessage(context, message, queue)
        }
    }

    @Test("A duplicate message is handled once while its id is kept") func twice() async throws {
        let inner = TestMessageReceiver()
        let (receiver, queue) = try await assembled(inner)
        let message = MessageEnvelope(.empty, "t", "a")
        for _ in 0..<2 { try await queue.send(.empty, message) }
        for _ in 0..<2 { #expect(try await handleNext(receiver, queue)) }
        #expect(inner.messageCount == 1)
        #expect(try await queue.readMessageCount(.empty) == 0)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "another"))
        #expect(try await handleNext(receiver, queue))
        #expect(inner.messageCount == 2)
        clock.advance(by: .seconds(86_401))
        try await queue.send(.empty, message)
        #expect(try await handleNext(receiver, queue))
        #expect(inner.messageCount == 3)
    }

    @Test("A message whose handler failed is handled again") func failure() async throws {
        final class Failing: MessageReceiver, Component {
            let calls = Locked(0)
            func receiveMessage(
                _ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue
            ) async throws {
                let count = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                if count == 1 { throw ApplicationError.conflict(code: "ONCE", "thrown once") }
            }
        }
        let inner = Failing()
        let (receiver, queue) = try await assembled(inner)
        try await queue.send(.empty, MessageEnvelope(.empty, "t", "a"))
        #expect(try await handleNext(receiver, queue) == false)
        clock.advance(by: .seconds(1))
        #expect(try await handleNext(receiver, queue))
        #expect(inner.calls.current == 2)
    }

    @Test("A concurrent delivery of a message waits") func concurrent() async throws {
        let inner = TestMessageReceiver()
        let (receiver, queue) = try await assembled(inner)
        let message = MessageEnvelope(.empty, "t", "a")
        let lock = try await assemble(KeyValueLock(store), references: ["test:clock:virtual:default:1.0": clock])
        let lease = try #require(
            try await lock.tryAcquire(.empty, "message.q.\(message.messageId).lock", ttl: .seconds(20)))
        try await queue.send(.empty, message)
        _ = try await handleNext(receiver, queue)
        #expect(inner.messageCount == 0)
        #expect(try await queue.receive(.empty, waitTimeout: .zero) == nil, "it is delayed")
        try await lock.release(.empty, lease)
        clock.advance(by: .seconds(30))
        #expect(try await handleNext(receiver, queue))
        #expect(inner.messageCount == 1)
    }

    @Test("A second delivery waits while the first one runs, and does not become a dead letter") func longHandler()
        async throws
    {
        let (receiver, queue) = try await assembled(TestMessageReceiver())
        let message = MessageEnvelope(.empty, "t", "a")
        let lock = try await assemble(KeyValueLock(store), references: ["test:clock:virtual:default:1.0": clock])
        let lease = try #require(
            try await lock.tryAcquire(.empty, "message.q.\(message.messageId).lock", ttl: .seconds(1000)))
        try await queue.send(.empty, message)
        var deliveries = 0
        for _ in 0..<30 {
            // As a listener does, in the 300 s that a handler may run.
            if let again = try await queue.receive(.empty, waitTimeout: .zero) {
                deliveries += 1
                await queue.handle(.empty, again) { context, message in
                    try await receiver.receiveMessage(context, message, queue)
                }
            }
            clock.advance(by: .seconds(10))
        }
        #expect((2...4).contains(deliveries))
        #expect(try await queue.readDeadLetters(.empty, 1).isEmpty)
        try await lock.release(.empty, lease)
        clock.advance(by: .seconds(300))
        #expect(try await handleNext(receiver, queue))
    }
}
