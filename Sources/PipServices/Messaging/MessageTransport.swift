/// A broker that pushes messages to its subscribers and knows nothing of locks, redelivery and dead letters, such as
/// MQTT.
///
/// ``CachedMessageQueue`` makes a queue of it that behaves as all others.
public protocol MessageTransport: Sendable {
    /// Sends a message. When the call returns, the broker has it.
    func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws

    /// Starts receiving what is sent to an address.
    ///
    /// - Parameter deliver: accepts a message. It waits while the local buffer is full; the transport calls it for one
    ///   message after the other, and so passes the back-pressure on. A message that it throws for was not accepted.
    func subscribe(
        _ context: Context, _ address: MessageAddress,
        _ deliver: @escaping @Sendable (MessageEnvelope) async throws -> Void
    ) async throws

    /// Stops receiving what is sent to an address.
    func unsubscribe(_ context: Context, _ address: MessageAddress) async throws

    /// Tells the broker that a message was handled, or given up: it does not deliver it again.
    /// - Parameter message: the message as it was delivered, with its reference.
    func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws
}
