#if PIP_AZURE
/// A queue of Azure Storage (the toolkit's `StorageMessageQueue`): any number of processes share it by name.
///
/// Opening creates the queue and its dead-letter queue, unless `options.auto_create` is false. Message locks are
/// visibility timeouts, in whole seconds. Messages have the toolkit's JSON envelope, or that of version 2 of the .NET
/// edition with `options.backward_compatibility`. A message has at most 64 KB, and encoding enlarges the payload by a
/// third. A message that is not an envelope of the toolkit is delivered with its text as the payload.
///
/// `readMessageCount` includes locked messages, so the queue does not report it as a capability. A peek returns at most
/// 32.
public final class StorageMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: StorageQueueConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue`, `name` or `connection.queue` replaces it.
    public init(_ name: String = "default") {
        let connector = StorageQueueConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queues and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME` or `NO_TOPICS`, and those of the connection.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }
}

extension StorageMessageQueue {
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
