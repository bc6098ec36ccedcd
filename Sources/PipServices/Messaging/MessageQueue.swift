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
/// A message is delivered at least once. The receiver holds its lock for `options.lock_timeout`, and settles it:
/// ``complete(_:_:)``, ``abandon(_:_:delay:)`` or ``moveToDeadLetter(_:_:error:)``. A message that nobody settles in
/// time is delivered again. All calls are safe from any task, and throw InvalidState `NOT_OPENED` unless the queue is
/// open.
public protocol MessageQueue: Openable, Cleanable {
    /// The queue's name.
    var name: String { get }
    /// What the queue can do.
    var capabilities: MessagingCapabilities { get }

    /// The number of messages that wait to be received.
    func readMessageCount(_ context: Context) async throws -> Int

    /// Sends a message. When the call returns, the queue has it.
    /// - Throws: BadRequest `MESSAGE_TOO_LARGE`; TooManyRequests `QUEUE_FULL` if no room came free in time.
    func send(_ context: Context, _ message: MessageEnvelope) async throws

    /// The next messages, at most `messageCount`, which stay in the queue and are not locked.
    func peekBatch(_ context: Context, _ messageCount: Int) async throws -> [MessageEnvelope]

    /// Receives and locks the next message.
    ///
    /// - Parameter waitTimeout: how long to wait for a message; zero or less does not wait.
    /// - Returns: nil if there was none in time.
    /// - Throws: `CancellationError` if the task is cancelled while it waits; InvalidState `NOT_OPENED` also if the
    ///   queue is closed meanwhile.
    func receive(_ context: Context, waitTimeout: Duration) async throws -> MessageEnvelope?

    /// Extends the lock of a message.
    ///
    /// - Parameter lockTimeout: how long it lasts from now.
    /// - Throws: Conflict `LOCK_EXPIRED` or `ALREADY_SETTLED`; InvalidState `NOT_RECEIVED`.
    func renewLock(_ context: Context, _ message: MessageEnvelope, lockTimeout: Duration) async throws

    /// Removes a message that was handled.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func complete(_ context: Context, _ message: MessageEnvelope) async throws

    /// Returns a message to the queue.
    ///
    /// - Parameter delay: after what time it is delivered again.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func abandon(_ context: Context, _ message: MessageEnvelope, delay: Duration) async throws

    /// Moves a message to the dead letters.
    ///
    /// - Parameter error: the reason, which the dead letter shows.
    /// - Throws: as ``renewLock(_:_:lockTimeout:)``.
    func moveToDeadLetter(_ context: Context, _ message: MessageEnvelope, error: (any Error)?) async throws

    /// The oldest dead letters, at most `count`, which stay where they are.
    func readDeadLetters(_ context: Context, _ count: Int) async throws -> [DeadLetter]

    /// Sends dead letters again, as if they had never been received.
    ///
    /// - Parameter ids: the ids of their messages; nil for all.
    /// - Returns: how many there were.
    func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int

    /// Removes dead letters.
    ///
    /// - Parameter ids: the ids of their messages; nil for all.
    /// - Returns: how many there were.
    func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int

    /// Runs a handler for a message that was received, and settles the message.
    ///
    /// A return completes it, unless the handler settled it. A throw, a cancellation of the task, and a handler that
    /// runs longer than `options.handler_timeout` abandon it. The lock is renewed while the handler runs.
    ///
    /// - Parameter body: handles the message, in a context that continues the trace of the sender.
    /// - Returns: true if the handler returned and the message is settled. Errors are logged.
    @discardableResult
    func handle(
        _ context: Context, _ message: MessageEnvelope,
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool

    /// Handles messages until the task is cancelled, or ``endListen(_:)`` is called or the queue is closed.
    ///
    /// - Parameters:
    ///   - concurrency: how many messages are handled at the same time.
    ///   - receiver: handles the messages.
    func listen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws

    /// Starts to listen in the background.
    func beginListen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws

    /// Stops receiving messages for all listeners, and waits until the messages in flight are handled.
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

    /// The next message, which stays in the queue; nil if there is none.
    public func peek(_ context: Context) async throws -> MessageEnvelope? { try await peekBatch(context, 1).first }

    /// Returns a message to the queue, which delivers it again at once.
    public func abandon(_ context: Context, _ message: MessageEnvelope) async throws {
        try await abandon(context, message, delay: .zero)
    }

    /// Moves a message to the dead letters.
    public func moveToDeadLetter(_ context: Context, _ message: MessageEnvelope) async throws {
        try await moveToDeadLetter(context, message, error: nil)
    }

    /// Handles messages one after the other.
    public func listen(_ context: Context, _ receiver: any MessageReceiver) async throws {
        try await listen(context, concurrency: 1, receiver)
    }

    /// Starts to listen in the background, and handles messages one after the other.
    public func beginListen(_ context: Context, _ receiver: any MessageReceiver) async throws {
        try await beginListen(context, concurrency: 1, receiver)
    }
}
