#if PIP_REDIS
/// A queue on a Redis stream (`XADD`, `XREADGROUP`, `XACK`). Any number of processes share it by name.
///
/// It behaves like a ``MemoryMessageQueue``, but messages survive the processes and, if Redis persists its data,
/// restarts of Redis. Messages of a killed receiver are redelivered when their locks expire. It requires Redis 6.2 or
/// later, and a server that does not evict keys (`maxmemory-policy noeviction`).
///
/// There is no counterpart in the toolkit.
public final class RedisStreamMessageQueue: ConnectorMessageQueue {
    private let connector: RedisStreamConnector
    /// The queue's implementation.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
    public init(_ name: String = "default") {
        let connector = RedisStreamConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    // MARK: - Internal

    /// The number of calls waiting for a message or for room; for tests.
    var waiterCount: Int { connector.waiterCount(name) }
}

extension RedisStreamMessageQueue {
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
