#if PIP_AZURE
/// A queue of Azure Storage (the toolkit's `StorageMessageQueue`): services of any number of processes share it by its
/// name.
///
/// Opening creates the queue and its dead-letter queue, unless `options.auto_create` is false. The visibility timeout of
/// Azure, in whole seconds, is the lock of a message. Messages have the JSON envelope of the toolkit, or the one of version 2
/// of the .NET edition with `options.backward_compatibility`. A message has at most 64 KB, and a payload grows by a third on
/// its way. Messages that are not envelopes of the toolkit are delivered with their text as the payload.
///
/// `readMessageCount` includes messages that are locked, and is not a capability of the queue. A peek returns at most 32.
public final class StorageMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: StorageQueueConnector
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the settings `queue`, `name` and `connection.queue` replace.
    public init(_ name: String = "default") {
        let connector = StorageQueueConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queues and the connection, unless it has to be looked up.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME` or `NO_TOPICS`, and those of the connection.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }
}

extension StorageMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
