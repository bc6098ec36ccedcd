#if PIP_REDIS
/// A queue in Redis, on a stream (`XADD`, `XREADGROUP`, `XACK`): services of any number of processes share it by its name.
///
/// It behaves as a ``MemoryMessageQueue``, but what was sent survives the processes, and also Redis as far as that keeps its
/// data. The messages of a receiver that was killed are delivered again when their locks end. It needs Redis 6.2 or later,
/// and a server that drops no keys when its memory is full (`maxmemory-policy noeviction`).
///
/// There is no counterpart in the toolkit.
public final class RedisStreamMessageQueue: ConnectorMessageQueue {
    private let connector: RedisStreamConnector
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
    public init(_ name: String = "default") {
        let connector = RedisStreamConnector()
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    // MARK: - Internal

    /// The number of calls that wait for a message or for room: to know, in tests, that one does.
    var waiterCount: Int { connector.waiterCount(name) }
}

extension RedisStreamMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
