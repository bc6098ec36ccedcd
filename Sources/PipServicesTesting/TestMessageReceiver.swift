import PipServices

/// A receiver that keeps what it receives, for tests (the toolkit's `TestMessageReceiver`).
public final class TestMessageReceiver: MessageReceiver, Cleanable, Component {
    private let received = Locked<[MessageEnvelope]>([])

    /// Creates a receiver.
    public init() {}

    /// The messages that were received, in order.
    public var messages: [MessageEnvelope] { received.current }

    /// How many messages were received.
    public var messageCount: Int { received.withLock { $0.count } }

    /// Keeps a message.
    public func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        received.withLock { $0.append(message) }
    }

    /// Forgets the messages.
    public func clear(_ context: Context) async throws { received.withLock { $0 = [] } }
}
