/// What the toolkit needs from a message broker (publish, subscribe, receive, settle, dead-letter): every queue is
/// built on a connector, through ``MessageQueueEngine``.
///
/// A connector serves any number of queues by their names. All calls are safe from any task. Calls throw NotFound
/// `UNKNOWN_QUEUE` for a name that was not subscribed or created, and NoResponse errors if the broker cannot be
/// reached. A broker that only pushes messages, without locks, is reached through a ``MessageTransport``.
public protocol MessageConnector: Sendable {
    /// What the broker can do.
    var capabilities: MessagingCapabilities { get }

    /// Creates a queue if it is missing, and starts to use it. It keeps its messages if it exists.
    func subscribe(_ context: Context, _ queue: String, _ options: MessageQueueOptions) async throws

    /// Ends the use of a queue. Its messages stay where the broker keeps them.
    func unsubscribe(_ context: Context, _ queue: String) async throws

    /// Sends a message. When the call returns, the broker has it.
    ///
    /// - Parameter timeout: how long to wait for room in a full queue.
    /// - Throws: TooManyRequests `QUEUE_FULL` if no room came free in time.
    func publish(
        _ context: Context, _ message: MessageEnvelope, to address: MessageAddress, timeout: Duration
    ) async throws

    /// Receives and locks the next message. Its ``MessageEnvelope/reference`` and ``MessageEnvelope/deliveryCount`` are
    /// set.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for a message; zero or less does not wait.
    ///   - lock: how long nobody else receives the message. After that the broker delivers it again.
    /// - Returns: nil if there was none in time.
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

    /// The number of messages that wait to be received.
    func readCount(_ context: Context, _ queue: String) async throws -> Int

    /// The next messages, at most `limit`, which stay in the queue.
    func peek(_ context: Context, _ queue: String, _ limit: Int) async throws -> [MessageEnvelope]

    /// Removes all messages, those that are locked included, and no dead letters.
    func clear(_ context: Context, _ queue: String) async throws

    /// The oldest dead letters, at most `limit`, which stay where they are.
    func readDeadLetters(_ context: Context, _ queue: String, _ limit: Int) async throws -> [DeadLetter]

    /// Sends dead letters again, as if they had never been received.
    ///
    /// - Parameter ids: the ids of their messages; nil for all.
    /// - Returns: how many there were.
    func replayDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int

    /// Removes dead letters.
    ///
    /// - Parameter ids: the ids of their messages; nil for all.
    /// - Returns: how many there were.
    func removeDeadLetters(_ context: Context, _ queue: String, ids: [String]?) async throws -> Int
}
