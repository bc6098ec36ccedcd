#if PIP_AWS
/// A queue of Amazon SQS (the toolkit's `SqsMessageQueue`): any number of processes share it by name.
///
/// A name with the suffix `.fifo` denotes a FIFO queue, which preserves the order of messages within a `group`. A
/// message without a group forms its own group. Opening creates the queue and its dead-letter queue, unless
/// `options.auto_create` is false; a queue of another account, named in the connection, must exist. Message locks are
/// SQS visibility timeouts, in whole seconds. With `topic`, messages are sent to the Amazon SNS topic with this name or
/// ARN, which forwards them to the queue.
///
/// `readMessageCount` returns the approximate count of SQS, and a peek counts as a delivery. Therefore the queue
/// reports neither as a capability. A message that is not an envelope of the toolkit is delivered with its text as the
/// payload.
public final class SQSMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: SQSConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue` or `name` replaces it.
    public init(_ name: String = "default") {
        let connector = SQSConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queues, unless they come from a discovery service.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME` or `BAD_DEAD_QUEUE`.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name)
    }
}

extension SQSMessageQueue {
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
