#if PIP_AMQP
/// The messages of a queue that the broker has delivered and that are not settled yet.
///
/// They wait in a local buffer, where they are locked for their receivers. A lock that ends makes the message available
/// here again. If the connection is lost, they are dropped: the broker delivers them again.
final class AMQPInbox: Sendable {
    /// A message as the broker delivered it.
    struct Original: Sendable {
        let id: AMQPDeliveryID
        let message: AMQPMessage
    }

    let buffer: MemoryQueue
    private let limit: Int
    private let logger: CompositeLogger
    private let originals = Locked<[Int: Original]>([:])

    /// - Parameter prefetch: how many messages the broker was asked to deliver.
    init(_ name: String, prefetch: Int, clock: any ClockSource, logger: CompositeLogger) {
        limit = 2 * prefetch + 16
        self.logger = logger
        buffer = MemoryQueue(name, MessageQueueOptions(), clock, logger, nil)
        buffer.open(MessageQueueOptions())
    }

    /// Accepts a message. One that nobody can read, or beyond what was asked for, stays at the broker.
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

    /// The original of a message; nil if its connection is lost.
    func original(of message: MessageEnvelope) -> Original? {
        guard let number = message.origin.flatMap({ Int($0.token) }) else { return nil }
        return originals.withLock { $0[number] }
    }

    /// Forgets a message that was settled.
    func forget(_ message: MessageEnvelope) {
        guard let number = message.origin.flatMap({ Int($0.token) }) else { return }
        originals.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// Drops all messages.
    func drop() {
        buffer.drop()
        originals.withLock { $0 = [:] }
    }

    /// How many messages wait to be settled: to know, in tests.
    var unsettledCount: Int { originals.withLock { $0.count } }
}
#endif
