#if PIP_AZURE
public import FoundationEssentials

/// A queue of Azure Service Bus, over AMQP 1.0 (the toolkit's `ServiceBusMessageQueue`): services of any number of processes
/// share it by its name. It must exist.
///
/// Service Bus locks a message for its receiver, and counts its deliveries. While a message is locked here, or waits for its
/// redelivery, the lock is renewed. A message that is given up moves to the dead letters of the queue with the code and the
/// text of the error. The body is the payload, `ContentType` the message type, `CorrelationId` the trace id, `SessionId`
/// the group.
///
/// With `options.requires_session`, a queue that requires sessions is received session by session: a receiver has a session
/// for itself, whose messages come in order, and goes on to the next one that has messages. `options.session_id` is the only
/// session that is received. A session whose lock is lost makes its message fail with Conflict `SESSION_LOCK_LOST`.
///
/// Needs the driver for AMQP, too: trait `AMQP`.
public final class ServiceBusMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: ServiceBusConnector
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the settings `queue`, `name` and `connection.queue` replace.
    public init(_ name: String = "default") {
        let connector = ServiceBusConnector(isTopic: false)
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the name of the queue and the connection, unless it has to be looked up.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_TOPICS`, `NO_CONNECTION_URI`, `BAD_URI`,
    ///   `UNSUPPORTED_PROTOCOL`, `NO_ACCESS_ID`, `NO_ACCESS_KEY`, `NOT_COMPILED_IN`, and those of an identity.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }

    /// Sends a message that can be received from a time on.
    /// - Returns: its number in the queue, for ``cancelScheduled(_:_:)``.
    /// - Throws: what a `send` throws.
    public func schedule(_ context: Context, _ message: MessageEnvelope, at time: Date) async throws -> Int64 {
        try await connector.schedule(context, message, name, at: time)
    }

    /// Removes a message that waits for its time.
    /// - Throws: FailedInvocation `REFUSED` if there is none with that number.
    public func cancelScheduled(_ context: Context, _ number: Int64) async throws {
        try await connector.cancelScheduled(context, name, number)
    }

    /// The state that the session of a message has, such as how far a handler has come; nil if there is none.
    /// - Parameter message: a message that was received, and is not settled.
    /// - Throws: Unsupported `NOT_SUPPORTED` unless `options.requires_session` is true; InvalidState `NOT_RECEIVED`;
    ///   Conflict `SESSION_LOCK_LOST`, `LOCK_EXPIRED`, `ALREADY_SETTLED`; NoResponse errors.
    public func readSessionState(_ context: Context, _ message: MessageEnvelope) async throws -> [UInt8]? {
        try await connector.readSessionState(context, message, name)
    }

    /// Sets the state of the session of a message. Each further receiver of the session finds it.
    /// - Parameters:
    ///   - message: a message that was received, and is not settled.
    ///   - state: at most as large as a message; nil to remove it.
    /// - Throws: as ``readSessionState(_:_:)``.
    public func writeSessionState(_ context: Context, _ message: MessageEnvelope, _ state: [UInt8]?) async throws {
        try await connector.writeSessionState(context, message, name, state)
    }
}

extension ServiceBusMessageQueue {
    /// Creates the queue that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
