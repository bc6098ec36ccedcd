/// A queue on a ``MessageConnector``. All queue types of this toolkit conform to it.
///
/// A queue class holds its connector and a ``MessageQueueEngine``, which implements the methods.
public protocol ConnectorMessageQueue: MessageQueue, Component {
    /// The queue's implementation.
    var engine: MessageQueueEngine { get }
}

extension ConnectorMessageQueue {
    /// The queue's name.
    public var name: String { engine.name }
    /// The features that the queue supports.
    public var capabilities: MessagingCapabilities { engine.capabilities }
    /// True while the queue is open.
    public var isOpen: Bool { engine.isOpen }

    /// Creates the queue at the broker if it is missing, and subscribes to it.
    public func open(_ context: Context) async throws { try await engine.open(context) }
    /// Ends listening and waiting calls, and unsubscribes from the queue.
    public func close(_ context: Context) async throws { try await engine.close(context) }
    /// Removes all messages except dead letters.
    public func clear(_ context: Context) async throws { try await engine.clear(context) }

    /// The number of messages waiting to be received.
    public func readMessageCount(_ context: Context) async throws -> Int { try await engine.readMessageCount(context) }

    /// Sends a message.
    public func send(_ context: Context, _ message: MessageEnvelope) async throws {
        try await engine.send(context, message)
    }

    /// Returns the next messages without removing or locking them.
    public func peekBatch(_ context: Context, _ messageCount: Int) async throws -> [MessageEnvelope] {
        try await engine.peekBatch(context, messageCount)
    }

    /// Receives and locks the next message; nil if none arrives in time.
    public func receive(_ context: Context, waitTimeout: Duration) async throws -> MessageEnvelope? {
        try await engine.receive(context, waitTimeout: waitTimeout)
    }

    /// Extends the lock of a message.
    public func renewLock(_ context: Context, _ message: MessageEnvelope, lockTimeout: Duration) async throws {
        try await engine.settle(context, message, .renew(lockTimeout))
    }

    /// Removes a message that was handled.
    public func complete(_ context: Context, _ message: MessageEnvelope) async throws {
        try await engine.settle(context, message, .complete)
    }

    /// Returns a message to the queue.
    public func abandon(_ context: Context, _ message: MessageEnvelope, delay: Duration) async throws {
        try await engine.settle(context, message, .abandon(delay: delay))
    }

    /// Moves a message to the dead letters.
    public func moveToDeadLetter(_ context: Context, _ message: MessageEnvelope, error: (any Error)?) async throws {
        try await engine.settle(context, message, .deadLetter(MessageQueueEngine.reason(error)))
    }

    /// Returns the oldest dead letters without removing them.
    public func readDeadLetters(_ context: Context, _ count: Int) async throws -> [DeadLetter] {
        try await engine.readDeadLetters(context, count)
    }

    /// Sends dead letters again.
    public func replayDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        try await engine.replayDeadLetters(context, ids: ids)
    }

    /// Removes dead letters.
    public func removeDeadLetters(_ context: Context, ids: [String]?) async throws -> Int {
        try await engine.removeDeadLetters(context, ids: ids)
    }

    /// Runs a handler for a received message, and settles the message.
    @discardableResult
    public func handle(
        _ context: Context, _ message: MessageEnvelope,
        _ body: @escaping @Sendable (Context, MessageEnvelope) async throws -> Void
    ) async -> Bool {
        await engine.handle(context, message, body)
    }

    /// Handles messages until the task is cancelled, ``MessageQueue/endListen(_:)`` is called or the queue is closed.
    public func listen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws {
        let consumer = try engine.consume(context, self, receiver, concurrency: concurrency)
        await consumer.waitUntilStopped()
        try Task.checkCancellation()
    }

    /// Starts listening in the background.
    public func beginListen(_ context: Context, concurrency: Int, _ receiver: any MessageReceiver) async throws {
        _ = try engine.consume(context, self, receiver, concurrency: concurrency)
    }

    /// Stops receiving messages for all listeners, and waits for the messages in flight.
    public func endListen(_ context: Context) async { await engine.endListen() }
}
