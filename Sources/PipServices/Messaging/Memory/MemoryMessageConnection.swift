/// An in-memory message broker: named queues, and topics with any number of subscribers.
///
/// Memory queues that share a connection reach each other by name. The messages are lost when the process ends.
public final class MemoryMessageConnection: MessageConnector, MessageQueueConnection, Component {
    private let clock = ClockSlot()
    private let logger = CompositeLogger()
    private let journalSlot: ConnectorSlot<any MessageJournal>?
    private let queues = Locked<[ScalarText: MemoryQueue]>([:])

    /// Creates a broker without queues.
    public convenience init() { self.init(journal: nil) }

    /// All capabilities; a queue with a journal is durable.
    public var capabilities: MessagingCapabilities { .all(isDurable: journalSlot != nil) }

    /// Creates a queue if it is missing, and applies the options.
    /// - Throws: errors of the journal.
    public func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws {
        if let existing = queues.current[ScalarText(queue)] { return existing.open(options) }
        let stored = try await journal?.load(context) ?? []
        add(queue, options, stored).open(options)
    }

    /// Unsubscribes from a queue. Its messages remain in memory or in its journal. Without other subscribers, waiting
    /// calls fail with InvalidState `NOT_OPENED`.
    /// - Throws: errors of the journal.
    public func unsubscribe(_ context: Context, _ queue: String) async throws {
        queues.current[ScalarText(queue)]?.close(context, all: journal != nil)
        guard let journal else { return }
        _ = queues.withLock { $0.removeValue(forKey: ScalarText(queue)) }
        try await journal.close(context)
    }

    /// Sends a message. Waits for space in a full queue.
    /// - Throws: TooManyRequests `QUEUE_FULL`; NotFound `UNKNOWN_QUEUE`; errors of the journal; `CancellationError` if
    ///   the task is cancelled while it waits; InvalidState `NOT_OPENED` if a full queue has no subscribers. After an
    ///   error, some queues of a topic may have received the message.
    public func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws {
        switch address {
        case .queue(let name): try await queue(context, name).send(context, message, timeout: timeout)
        case .topic(let topic):
            let subscribers = queues.current.values.filter { $0.options.topic.map { $0.isSame(as: topic) } ?? false }
            for queue in subscribers { try await queue.send(context, message, timeout: timeout) }
        }
    }

    /// Receives and locks the next message; nil if none arrives in time.
    /// - Throws: NotFound `UNKNOWN_QUEUE`; `CancellationError` if the task is cancelled while it waits.
    public func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope? {
        try await self.queue(context, queue).receive(context, wait: wait, lock: lock)
    }

    /// Ends the delivery of a message, or extends its lock.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`; NotFound `UNKNOWN_QUEUE`; errors of the journal, after
    ///   which the message is still locked.
    public func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws {
        try await queue(context, reference.queue).settle(context, reference, settlement)
    }

    /// The number of messages waiting to be received.
    public func readCount(_ context: Context, _ queue: String) async throws -> Int {
        try self.queue(context, queue).count
    }

    /// Returns the next messages without removing them.
    public func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope] {
        try self.queue(context, queue).peek(context, limit)
    }

    /// Removes all messages except dead letters.
    public func clear(_ context: Context, _ queue: String) async throws {
        try await self.queue(context, queue).clear(context)
    }

    /// The oldest dead letters.
    public func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter] {
        try self.queue(context, queue).readDeadLetters(limit)
    }

    /// Sends dead letters again, even to a full queue.
    public func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await self.queue(context, queue).replayDeadLetters(context, ids: ids)
    }

    /// Removes dead letters.
    public func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int {
        try await self.queue(context, queue).removeDeadLetters(context, ids: ids)
    }

    /// The names of all queues.
    public func readQueueNames(_ context: Context) async throws -> [String] { names }

    /// Creates a queue. Does nothing if it exists.
    public func createQueue(_ context: Context, _ name: String) async throws {
        add(name, MessageQueueOptions(), [])
    }

    /// Deletes a queue with its messages. Does nothing if it is missing.
    public func deleteQueue(_ context: Context, _ name: String) async throws {
        guard let queue = queues.withLock({ $0.removeValue(forKey: ScalarText(name)) }) else { return }
        queue.close(context, all: true)
        try await queue.clear(context)
        _ = try await queue.removeDeadLetters(context, ids: nil)
    }

    // MARK: - Internal

    /// - Parameter journal: stores the messages of the connection's only queue.
    init(journal: (any MessageJournal)?) { journalSlot = journal.map { ConnectorSlot($0) } }

    /// The number of calls waiting for messages of a queue or for space in it; for tests.
    func waiterCount(_ queue: String) -> Int { queues.current[ScalarText(queue)]?.waiterCount ?? 0 }

    private var journal: (any MessageJournal)? { journalSlot?.connector }

    /// Adds a queue if it is missing.
    @discardableResult
    private func add(_ name: String, _ options: MessageQueueOptions, _ stored: [JournaledMessage]) -> MemoryQueue {
        let (clock, logger, journal) = (clock, logger, journal)
        return queues.withLock { queues in
            if let existing = queues[ScalarText(name)] { return existing }
            let queue = MemoryQueue(name, options, clock, logger, journal, stored)
            queues[ScalarText(name)] = queue
            return queue
        }
    }

    private var names: [String] { queues.current.keys.sorted().map(\.text) }

    private func queue(_ context: Context, _ name: String) throws(ApplicationError) -> MemoryQueue {
        if let queue = queues.current[ScalarText(name)] { return queue }
        throw .unknownQueue(context, name, among: names)
    }
}
