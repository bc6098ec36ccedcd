#if PIP_ACTIVEMQ
/// The messages of a queue that the broker has delivered and that are not acknowledged yet.
///
/// They wait in a local buffer, which locks them for their receivers. When a lock expires, its message becomes
/// available locally again. If the connection is lost, the messages are dropped, because the broker redelivers them.
final class STOMPInbox: Sendable {
    /// A message as delivered by the broker.
    struct Original: Sendable {
        let headers: STOMPHeaders
        /// The connection to which it belongs.
        let link: Int
    }

    let route: STOMPRoute
    let buffer: MemoryQueue
    private let broker: STOMPBroker
    private let limit: Int
    private let clock: any ClockSource
    /// Called with the id of a message that is too large to be read.
    private let onOversized: @Sendable (String) -> Void
    private let originals = Locked<[ScalarText: Original]>([:])

    /// - Parameter prefetch: the number of messages that a subscription may deliver in advance.
    init(
        _ name: String, _ route: STOMPRoute, _ broker: STOMPBroker, prefetch: Int, clock: any ClockSource,
        logger: CompositeLogger, onOversized: @escaping @Sendable (String) -> Void
    ) {
        self.route = route
        self.broker = broker
        self.clock = clock
        self.onOversized = onOversized
        // A broker counts an acknowledgement before its receipt arrives.
        limit = 2 * prefetch * max(1, route.subscriptions.count) + 16
        buffer = MemoryQueue(name, MessageQueueOptions(), clock, logger, nil)
        buffer.open(MessageQueueOptions())
    }

    /// Accepts a message. Returns false if the broker has sent too many.
    func accept(_ frame: STOMPFrame, _ link: Int) -> Bool {
        guard !frame.isOversized else {
            onOversized(frame.headers[broker.idHeader] ?? frame.headers["message-id"] ?? "")
            return true
        }
        guard buffer.size < limit else { return false }
        var message = STOMPEnvelope.envelope(frame, broker)
        let token = "\(link) \(frame.headers["ack"] ?? frame.headers["message-id"] ?? "")"
        message.origin = MessageReference(queue: buffer.name, token: token)
        originals.withLock { $0[ScalarText(token)] = Original(headers: frame.headers, link: link) }
        buffer.push(message, delay: STOMPEnvelope.delay(frame.headers, now: clock.now))
        return true
    }

    /// Returns the original of a message; nil if its connection is lost.
    func original(of message: MessageEnvelope) -> Original? {
        message.origin.flatMap { origin in originals.withLock { $0[ScalarText(origin.token)] } }
    }

    /// Removes an acknowledged message.
    func forget(_ message: MessageEnvelope) {
        guard let origin = message.origin else { return }
        originals.withLock { _ = $0.removeValue(forKey: ScalarText(origin.token)) }
    }

    /// Drops all messages.
    func drop() {
        buffer.drop()
        originals.withLock { $0 = [:] }
    }

    /// The number of unacknowledged messages, for tests.
    var unacknowledgedCount: Int { originals.withLock { $0.count } }
}
#endif
