import PipServices

/// A receiver for tests that records messages (the toolkit's `TestMessageReceiver`).
public final class TestMessageReceiver: MessageReceiver, Cleanable, Component {
    private let received = Locked<[MessageEnvelope]>([])

    /// Creates a receiver.
    public init() {}

    /// The received messages, in order.
    public var messages: [MessageEnvelope] { received.current }

    /// The number of received messages.
    public var messageCount: Int { received.withLock { $0.count } }

    /// Records a message.
    public func receiveMessage(_ context: Context, _ message: MessageEnvelope, _ queue: any MessageQueue) async throws {
        received.withLock { $0.append(message) }
    }

    /// Removes the recorded messages.
    public func clear(_ context: Context) async throws { received.withLock { $0 = [] } }
}
