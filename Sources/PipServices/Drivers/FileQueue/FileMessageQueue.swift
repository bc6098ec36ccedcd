/// A queue in memory and in a file: a message that was sent survives a crash of the process or the machine.
///
/// It behaves as a ``MemoryMessageQueue``. The file at `path` is a JSON array of its messages, dead letters included,
/// with a journal beside it. A message is on the disk before ``MessageQueue/send(_:_:)`` returns; messages that were
/// received and not completed are delivered again after a restart, and still have their delivery counts unless the
/// machine stopped in between. Only one process can have the file open.
///
/// There is no counterpart in the toolkit.
public final class FileMessageQueue: ConnectorMessageQueue {
    private let connection: MemoryMessageConnection
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - name: the queue's name, which the setting `queue` or `name` replaces.
    ///   - path: the file; nil: as the setting `path` says, which wins if both are given.
    public convenience init(_ name: String = "default", path: String? = nil) {
        self.init(name, JournaledFileStorage(path: path))
    }

    // MARK: - Internal

    init(_ name: String, _ storage: JournaledFileStorage) {
        let connection = MemoryMessageConnection(journal: FileMessageJournal(storage))
        self.connection = connection
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connection }
    }

    /// The number of calls that wait for a message or for room: to know, in tests, that one does.
    var waiterCount: Int { connection.waiterCount(name) }
}
