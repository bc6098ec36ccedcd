/// Sends and receives messages (the toolkit's `IMessageQueue`).
///
/// ```swift
/// try await queue.send(context, MessageEnvelope(context, "beacon.created", encoding: beacon))
///
/// for try await delivery in queue.messages(context) {
///     await delivery.handle { context, message in
///         let beacon = try message.getMessageAs(Beacon.self)
///         ...                                             // a return completes the message, a throw abandons it
///     }
/// }
/// ```
/// Messages are delivered at least once. The receiver holds a message's lock for `options.lock_timeout` and settles the
/// message with ``complete(_:_:)``, ``abandon(_:_:delay:)`` or ``moveToDeadLetter(_:_:error:)``. A message that is not
/// settled in time is delivered again. Safe to use from any task. They throw InvalidState `NOT_OPENED` if the queue is
/// not open.
public protocol MessageQueue: Openable, Cleanable {
    /// The queue's name.
    var name: String { get }
    /// The features that the queue supports.
    var capabilities: MessagingCapabilities { get }

    /// The number of messages waiting to be received.
    func readMessageCount(_ context: Context) async throws -> Int

    /// Sends a message. When the call returns, the queue has accepted it.
    /// - Throws: BadRequest `MESSAGE_TOO_LARGE`; TooManyRequests `QUEUE_FULL` if no space becomes available in time.
    func send(_ context: Context, _ message: MessageEnvelope) async throws

    /// Returns the next messages, at most `messageCount`, without removing or locking them.
    func peekBatch(_ context: Context, _ messageCount: Int) async throws -> [MessageEnvelope]

    /// Receives and locks the next message.
    ///
    /// - Parameter waitTimeout: how long to wait for a message; zero or less does not wait.
    /// - Returns: nil if no message arrives in time.
    /// - Throws: `CancellationError` if the task is cancelled while it waits; InvalidState `NOT_OPENED` also if the
    ///   queue is closed while it waits.
    func receive(_ context: Context, waitTimeout: Duration) async throws -> MessageEnvelope?

    /// Extends the lock of a message.
    ///
    /// - Parameter lockTimeout: the new lock time, from now.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`; InvalidState `NOT_RECEIVED`.
    func renewLock(_ context: Context, _ message: MessageEnvelope, lockTimeout: Duration) async throws

    /// Removes a message that was handled.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func complete(_ context: Context, _ message: MessageEnvelope) async throws

    /// Returns a message to the queue.
    ///
    /// - Parameter delay: the time before it is delivered again.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func abandon(_ context: Context, _ message: MessageEnvelope, delay: Duration) async throws

    /// Moves a message to the dead letters.
    ///
    /// - Parameter error: the reason, which is stored in the dead letter.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func moveToDeadLetter(_ context: Context, _ message: MessageEnvelope, error: (any Error)?) async throws

    /// Returns the oldest dead letters, at most `count`, without removing them.
    func readDeadLetters(_ context: Context, _ count: Int) async throws -> [DeadLetter]

    /// Sends dead letters again, with a delivery count of zero.
    ///
    /// - Parameter ids: the ids of the messages; nil for all.
    /// - Returns: the number of dead letters sent.
    func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int

    /// Removes dead letters.
    ///
    /// - Parameter ids: the ids of the messages; nil for all.
    /// - Returns: the number of dead letters removed.
    func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int

    /// Runs a handler for a received message, and settles the message.
    ///
    /// If the handler returns without settling the message, it is completed. It is abandoned if the handler throws, the
    /// task is cancelled, or the handler exceeds `options.handler_timeout`. The lock is renewed while the handler runs.
    ///
    /// - Parameter body: handles the message, in a context that continues the sender's trace.
    /// - Returns: true if the handler returned and the message is settled. Errors are logged.
    @discardableResult
    func handle(
        _ context: Context, _ message: MessageEnvelope,
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool

    /// Handles messages until the task is cancelled, ``endListen(_:)`` is called or the queue is closed.
    ///
    /// - Parameters:
    ///   - concurrency: the maximum number of messages handled concurrently.
    ///   - receiver: handles the messages.
    func listen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws

    /// Starts listening in the background.
    func beginListen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws

    /// Stops receiving messages for all listeners, and waits for the messages in flight.
    func endListen(_ context: Context) async
}

extension MessageQueue {
    /// Sends a value as JSON (the toolkit's `sendAsObject`).
    /// - Throws: BadRequest `CANNOT_ENCODE`, and as ``send(_:_:)``.
    public func sendAsObject(
        _ context: Context, _ messageType: String?, _ value: some Encodable & Sendable
    ) async throws {
        try await send(context, MessageEnvelope(context, messageType, encoding: value))
    }

    /// Returns the next message without removing it; nil if there is none.
    public func peek(_ context: Context) async throws -> MessageEnvelope? { try await peekBatch(context, 1).first }

    /// Returns a message to the queue for immediate redelivery.
    public func abandon(_ context: Context, _ message: MessageEnvelope) async throws {
        try await abandon(context, message, delay: .zero)
    }

    /// Moves a message to the dead letters.
    public func moveToDeadLetter(_ context: Context, _ message: MessageEnvelope) async throws {
        try await moveToDeadLetter(context, message, error: nil)
    }

    /// Handles messages one by one.
    public func listen(_ context: Context, _ receiver: any MessageReceiver) async throws {
        try await listen(context, concurrency: 1, receiver)
    }

    /// Starts listening in the background, and handles messages one by one.
    public func beginListen(_ context: Context, _ receiver: any MessageReceiver) async throws {
        try await beginListen(context, concurrency: 1, receiver)
    }
}
