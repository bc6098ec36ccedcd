/// A queue in the memory of the process (the toolkit's `MemoryMessageQueue`).
///
/// It locks messages for their receivers, redelivers those that are not settled in time, and keeps dead letters, which
/// can be read and sent again. Queues that share a ``MemoryMessageConnection`` reach each other by name and by topic.
/// Messages survive closing and reopening, but not the end of the process.
public final class MemoryMessageQueue: ConnectorMessageQueue {
    private let connection: Shared<MemoryMessageConnection>
    /// The queue's implementation.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue` or `name` replaces it.
    public init(_ name: String = "default") {
        let connection = Shared<MemoryMessageConnection>(
            "connection", "*:connection:memory:*:1.0", needsConnection: false
        ) {
            MemoryMessageConnection()
        }
        self.connection = connection
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in try connection() }
    }

    // MARK: - Internal

    /// The number of calls waiting for a message or for space; for tests.
    var waiterCount: Int { (try? connection())?.waiterCount(name) ?? 0 }
}
