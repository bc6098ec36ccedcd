#if PIP_AMQP
/// The messages of a queue that the broker has delivered and that are not settled yet.
///
/// They wait in a local buffer, which locks them for their receivers. When a lock expires, its message becomes
/// available locally again. If the connection is lost, the messages are dropped, because the broker redelivers them.
final class AMQPInbox: Sendable {
    /// A message as delivered by the broker.
    struct Original: Sendable {
        let id: AMQPDeliveryID
        let message: AMQPMessage
    }

    let buffer: MemoryQueue
    private let limit: Int
    private let logger: CompositeLogger
    private let originals = Locked<[Int: Original]>([:])

    /// - Parameter prefetch: the number of messages that the broker may deliver in advance.
    init(_ name: String, prefetch: Int, clock: any ClockSource, logger: CompositeLogger) {
        limit = 2 * prefetch + 16
        self.logger = logger
        buffer = MemoryQueue(name, MessageQueueOptions(), clock, logger, nil)
        buffer.open(MessageQueueOptions())
    }

    /// Accepts a message. A message that is too large to be read, or that exceeds the requested number, stays at the
    /// broker.
    func accept(_ delivery: AMQPDelivery) {
        guard !delivery.isOversized, buffer.size < limit else {
            let reason = delivery.isOversized ? "is larger than 'options.max_received_size'" : "was not asked for"
            return logger.error(
                .empty, error: nil, "The queue '\(buffer.name)' has a message that \(reason) and stays at the broker",
                ["queue": .string(buffer.name)])
        }
        var (original, message) = AMQPMessage.envelope(wire: delivery.message, type: .subject)
        // RabbitMQ drops the subject.
        if let type = original.properties[AMQPMessageConnector.Name.type]?.text { message.messageType = type }
        message.origin = MessageReference(queue: buffer.name, token: String(delivery.id.number))
        // The payload is in the envelope.
        if case .data = original.body { original.body = .value(.null) }
        let kept = original
        originals.withLock { $0[delivery.id.number] = Original(id: delivery.id, message: kept) }
        buffer.push(message, delay: .zero)
    }

    /// Returns the original of a message; nil if its connection is lost.
    func original(of message: MessageEnvelope) -> Original? {
        guard let number = message.origin.flatMap({ Int($0.token) }) else { return nil }
        return originals.withLock { $0[number] }
    }

    /// Removes a settled message.
    func forget(_ message: MessageEnvelope) {
        guard let number = message.origin.flatMap({ Int($0.token) }) else { return }
        originals.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// Drops all messages.
    func drop() {
        buffer.drop()
        originals.withLock { $0 = [:] }
    }

    /// The number of unsettled messages, for tests.
    var unsettledCount: Int { originals.withLock { $0.count } }
}
#endif
