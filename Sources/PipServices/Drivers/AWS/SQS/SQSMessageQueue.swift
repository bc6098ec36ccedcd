#if PIP_AWS
/// A queue of Amazon SQS (the toolkit's `SqsMessageQueue`): services of any number of processes share it by its name.
///
/// A name that ends with `.fifo` is that of a FIFO queue, which keeps the order of the messages of a `group`; one
/// without a group is a group of its own. Opening creates the queue and its dead-letter queue, unless
/// `options.auto_create` is false; a queue that the connection names with its account must exist. The visibility
/// timeout of SQS, in whole seconds, is the lock of a message. With a `topic`, messages go through the topic of Amazon SNS
/// with that name or ARN.
///
/// `readMessageCount` is what SQS calls approximate. A peek counts as a delivery. Neither is a capability of the queue.
/// Messages that are not envelopes of the toolkit are delivered with their text as the payload.
public final class SQSMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: SQSConnector
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
    public init(_ name: String = "default") {
        let connector = SQSConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queues, unless discovery has them.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME` or `BAD_DEAD_QUEUE`.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name)
    }
}

extension SQSMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
