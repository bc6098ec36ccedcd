/// A queue in memory with a journal in a file: sent messages survive a crash of the process or the machine.
///
/// It behaves like a ``MemoryMessageQueue``. The file at `path` is a JSON array of its messages, including dead
/// letters, with a journal next to it. When ``MessageQueue/send(_:_:)`` returns, the message is on disk. Messages that
/// were received but not completed are redelivered after a restart, with their delivery counts unless the machine
/// crashed. Only one process can open the file.
///
/// There is no counterpart in the toolkit.
public final class FileMessageQueue: ConnectorMessageQueue {
    private let connection: MemoryMessageConnection
    /// The queue's implementation.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - name: the queue's name; the setting `queue` or `name` replaces it.
    ///   - path: the path of the file. The setting `path` takes precedence.
    public convenience init(_ name: String = "default", path: String? = nil) {
        self.init(name, JournaledFileStorage(path: path))
    }

    // MARK: - Internal

    init(_ name: String, _ storage: JournaledFileStorage) {
        let connection = MemoryMessageConnection(journal: FileMessageJournal(storage))
        self.connection = connection
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connection }
    }

    /// The number of calls waiting for a message or for space; for tests.
    var waiterCount: Int { connection.waiterCount(name) }
}
