#if PIP_REDIS
/// A message transport on Redis publish/subscribe: messages reach current subscribers only.
///
/// `pip-services:message-queue:redis-pubsub:*:1.0` is a ``CachedMessageQueue`` on it. The channel name is the topic, or
/// the queue's name if there is none, prefixed with `options.prefix`. While the connection is lost, messages are lost,
/// which is logged.
public final class RedisPubSubTransport: MessageTransport, Component {
    private let prefix = Setting("options.prefix", default: "", "The prefix of channel names in Redis")
    private let connector = RedisConnector()
    private let logger = CompositeLogger()

    private struct Reader: Sendable {
        let subscription: RedisSubscription
        let task: Task<Void, Never>
    }

    private let readers = Locked<[ScalarText: Reader]>([:])

    /// Creates a transport.
    public init() {}

    /// Sends a message to the current subscribers.
    /// - Throws: as ``RedisExecutor/execute(_:_:)``.
    public func publish(_ context: Context, _ message: MessageEnvelope, to address: MessageAddress) async throws {
        try await connector.publish(context, channel(address), JSONWriter.bytes(of: .map(message.toJSON())))
    }

    /// Subscribes to an address.
    /// - Throws: as ``RedisExecutor/execute(_:_:)``.
    public func subscribe(
        _ context: Context, _ address: MessageAddress,
        _ deliver: @escaping @Sendable (MessageEnvelope) async throws -> Void
    ) async throws {
        let channel = channel(address)
        let subscription = try await connector.subscribe(context, channels: [channel], patterns: [])
        let logger = logger
        let task = Task.detached {
            for await notification in subscription {
                switch notification {
                case .message(_, let payload):
                    do {
                        try await deliver(MessageEnvelope(wire: payload))
                    } catch {
                        logger.error(.empty, error: error, "A message of the channel '\(channel)' is lost")
                    }
                case .interrupted: logger.warn(.empty, "Messages of the channel '\(channel)' may be lost")
                }
            }
        }
        let old = readers.withLock {
            $0.updateValue(Reader(subscription: subscription, task: task), forKey: ScalarText(channel))
        }
        old?.subscription.cancel()
        old?.task.cancel()
    }

    /// Unsubscribes from an address.
    public func unsubscribe(_ context: Context, _ address: MessageAddress) async throws {
        let reader = readers.withLock { $0.removeValue(forKey: ScalarText(channel(address))) }
        reader?.subscription.cancel()
        reader?.task.cancel()
    }

    /// Does nothing: Redis keeps no messages.
    public func acknowledge(_ context: Context, _ message: MessageEnvelope) async throws {}

    // MARK: - Internal

    private func channel(_ address: MessageAddress) -> String {
        switch address {
        case .queue(let name), .topic(let name): prefix() + name
        }
    }
}
#endif
