import PipServicesTesting
import Testing

@testable import PipServices

/// A queue in memory as the buffer of a broker, which knows the messages too.
@Suite struct PushedMessagesTests {
    private let clock = VirtualClock()

    private func queue() async throws -> MemoryQueue {
        let queue = MemoryQueue("q", MessageQueueOptions(), clock, CompositeLogger(), nil)
        queue.open(MessageQueueOptions())
        return queue
    }

    private func message(_ text: String, deliveries: Int = 0, group: String? = nil) -> MessageEnvelope {
        var message = MessageEnvelope(.empty, "t", text, group: group)
        message.deliveryCount = deliveries
        return message
    }

    private func take(_ queue: MemoryQueue) async throws -> MessageEnvelope? {
        try await queue.receive(.empty, wait: .zero, lock: .seconds(10))
    }

    private func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ApplicationError)?.code ?? "\(error)"
        }
    }

    private struct Refusal: Error {}

    @Test("A pushed message keeps its delivery count and its delay") func counts() async throws {
        let queue = try await queue()
        queue.push(message("later", deliveries: 3), delay: .seconds(5))
        queue.push(message("now"), delay: .zero)
        #expect(try await take(queue)?.deliveryCount == 1)
        #expect(try await take(queue) == nil)
        clock.advance(by: .seconds(5))
        let later = try #require(try await take(queue))
        #expect((later.messageAsString, later.deliveryCount) == ("later", 4))
    }

    @Test("A delayed message blocks the rest of its group") func group() async throws {
        let queue = try await queue()
        queue.push(message("a1", group: "a"), delay: .seconds(5))
        queue.push(message("a2", group: "a"), delay: .zero)
        queue.push(message("b", group: "b"), delay: .zero)
        #expect(try await take(queue)?.messageAsString == "b")
        #expect(try await take(queue) == nil)
        clock.advance(by: .seconds(5))
        let first = try #require(try await take(queue))
        #expect(first.messageAsString == "a1")
        #expect(try await take(queue) == nil)
        try await queue.settle(.empty, try #require(first.reference)) { _ in }
        #expect(try await take(queue)?.messageAsString == "a2")
    }

    @Test("A message leaves the queue when the broker has settled it, and stays locked if settling fails")
    func settling()
        async throws
    {
        let queue = try await queue()
        queue.push(message("a"), delay: .zero)
        let reference = try #require(try await take(queue)?.reference)
        await #expect(throws: Refusal.self) { try await queue.settle(.empty, reference) { _ in throw Refusal() } }
        #expect(queue.size == 1)
        #expect(try await take(queue) == nil)
        let seen = Locked<String?>(nil)
        try await queue.settle(.empty, reference) { message in seen.withLock { $0 = message.messageAsString } }
        #expect(seen.current == "a")
        #expect(queue.size == 0)
        #expect(await code { try await queue.settle(.empty, reference) { _ in } } == "ALREADY_SETTLED")
    }

    @Test("Dropped messages are gone, and their locks have expired") func drop() async throws {
        let queue = try await queue()
        queue.push(message("a"), delay: .zero)
        queue.push(message("b", group: "g"), delay: .zero)
        queue.push(message("c"), delay: .seconds(5))
        let reference = try #require(try await take(queue)?.reference)
        queue.drop()
        #expect(queue.size == 0)
        #expect(try await take(queue) == nil)
        #expect(await code { try await queue.settle(.empty, reference, .complete) } == "LOCK_EXPIRED")
        clock.advance(by: .seconds(20))
        #expect(try await take(queue) == nil)
        queue.push(message("d", group: "g"), delay: .zero)
        #expect(try await take(queue)?.messageAsString == "d")
    }

    @Test("All messages are taken out in order, including locked ones") func takeAll() async throws {
        let queue = try await queue()
        for text in ["a", "b", "c"] { queue.push(message(text), delay: text == "b" ? .seconds(5) : .zero) }
        let reference = try #require(try await take(queue)?.reference)
        #expect(queue.takeAll().map(\.messageAsString) == ["a", "b", "c"])
        #expect(queue.size == 0)
        #expect(await code { try await queue.settle(.empty, reference, .complete) } == "ALREADY_SETTLED")
    }
}
