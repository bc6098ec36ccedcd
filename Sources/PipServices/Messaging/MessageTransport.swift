/// A broker that pushes messages to subscribers and has no locks, redelivery or dead letters, such as MQTT.
///
/// ``CachedMessageQueue`` adds these, so that it behaves like any other queue.
public protocol MessageTransport: Sendable {
    /// Sends a message. When the call returns, the broker has accepted it.
    func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws

    /// Subscribes to an address.
    ///
    /// - Parameter deliver: accepts a message, and waits while the local buffer is full. Call it sequentially, so that
    ///   the back-pressure reaches the broker. If it throws, the message was not accepted.
    func subscribe(
        _ context: Context, _ address: MessageAddress,
        _ deliver: @escaping @Sendable (MessageEnvelope) async throws -> Void
    ) async throws

    /// Unsubscribes from an address.
    func unsubscribe(_ context: Context, _ address: MessageAddress) async throws

    /// Acknowledges a message that was handled or dead-lettered, so that the broker does not redeliver it.
    /// - Parameter message: the message as delivered, with its reference.
    func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws
}
