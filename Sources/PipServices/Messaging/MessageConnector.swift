/// The interface to a message broker: publish, subscribe, receive, settle and dead-letter. Every queue is built on a
/// connector, through a ``MessageQueueEngine``.
///
/// A connector serves any number of named queues. Safe to use from any task. Calls throw NotFound `UNKNOWN_QUEUE` for a
/// queue that was neither subscribed nor created, and NoResponse errors if the broker cannot be reached. For a broker
/// that only pushes messages and has no locks, use a ``MessageTransport``.
public protocol MessageConnector: Sendable {
    /// The features that the broker supports.
    var capabilities: MessagingCapabilities { get }

    /// Subscribes to a queue, and creates it if it is missing. An existing queue keeps its messages.
    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws

    /// Unsubscribes from a queue. Its messages remain at the broker.
    func unsubscribe(_ context: Context, _ queue: String) async throws

    /// Sends a message. When the call returns, the broker has accepted it.
    ///
    /// - Parameter timeout: how long to wait for space in a full queue.
    /// - Throws: TooManyRequests `QUEUE_FULL` if no space becomes available in time.
    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws

    /// Receives and locks the next message. ``MessageEnvelope/reference`` and ``MessageEnvelope/deliveryCount`` are
    /// set.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for a message; zero or less does not wait.
    ///   - lock: the lock time, after which the broker delivers the message again.
    /// - Returns: nil if no message arrives in time.
    /// - Throws: `CancellationError` if the task is cancelled while it waits.
    func receive(
        _ context: Context, _ queue: String, wait: Duration, lock: Duration
    ) async throws -> MessageEnvelope?

    /// Ends the delivery of a message, or extends its lock.
    ///
    /// - Parameter reference: the message's reference.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`.
    func settle(
        _ context: Context, _ message: MessageEnvelope, _ reference: MessageReference, _ settlement: MessageSettlement
    ) async throws

    /// The number of messages waiting to be received.
    func readCount(_ context: Context, _ queue: String) async throws -> Int

    /// Returns the next messages, at most `limit`, without removing them.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope]

    /// Removes all messages, including locked ones, except dead letters.
    func clear(_ context: Context, _ queue: String) async throws

    /// Returns the oldest dead letters, at most `limit`, without removing them.
    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter]

    /// Sends dead letters again, with a delivery count of zero.
    ///
    /// - Parameter ids: the ids of the messages; nil for all.
    /// - Returns: the number of dead letters sent.
    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int

    /// Removes dead letters.
    ///
    /// - Parameter ids: the ids of the messages; nil for all.
    /// - Returns: the number of dead letters removed.
    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int
}
