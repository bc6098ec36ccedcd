/// A queue in the memory of the process (the toolkit's `MemoryMessageQueue`).
///
/// It locks messages for their receivers, delivers them again if nobody settles them in time, and keeps dead letters
/// that can be read and sent again. Queues that share a ``MemoryMessageConnection`` reach each other by name and by
/// topic. What it holds is gone with the process, but survives closing and opening it again.
public final class MemoryMessageQueue: ConnectorMessageQueue {
    private let connection: Shared<MemoryMessageConnection>
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
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

    /// The number of calls that wait for a message or for room: to know, in tests, that one does.
    var waiterCount: Int { (try? connection())?.waiterCount(name) ?? 0 }
}
