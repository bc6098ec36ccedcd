#if PIP_AZURE
public import FoundationEssentials

/// A queue of Azure Service Bus, over AMQP 1.0 (the toolkit's `ServiceBusMessageQueue`): any number of processes share
/// it by name. It must exist.
///
/// Service Bus locks a message for its receiver and counts its deliveries. The lock is renewed while the message is
/// locked locally or awaits redelivery. A message that failed permanently is moved to the dead letters of the queue
/// with the code and message of the error. The body contains the payload, `ContentType` the message type,
/// `CorrelationId` the trace id and `SessionId` the group.
///
/// With `options.requires_session`, messages are received from sessions: a receiver owns a session, receives its
/// messages in order, and then accepts the next session that has messages. `options.session_id` limits it to one
/// session. After the lock of a session was lost, settling its message throws Conflict `SESSION_LOCK_LOST`.
///
/// Also needs the AMQP driver (trait `AMQP`).
public final class ServiceBusMessageQueue: ConnectorMessageQueue, Checkable {
    private let connector: ServiceBusConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue`, `name` or `connection.queue` replaces it.
    public init(_ name: String = "default") {
        let connector = ServiceBusConnector(isTopic: false)
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the name of the queue and the connection. The connection is not checked if a part of it comes from a
    /// discovery service or a credential store.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_TOPICS`, `NO_CONNECTION_URI`, `BAD_URI`,
    ///   `UNSUPPORTED_PROTOCOL`, `NO_ACCESS_ID`, `NO_ACCESS_KEY`, `NOT_COMPILED_IN`, and those of an identity.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }

    /// Sends a message that becomes available at a given time.
    /// - Returns: its sequence number, for ``cancelScheduled(_:_:)``.
    /// - Throws: the errors of `send`.
    public func schedule(_ context: Context, _ message: MessageEnvelope, at time: Date) async throws -> Int64 {
        try await connector.schedule(context, message, name, at: time)
    }

    /// Cancels a scheduled message.
    /// - Throws: FailedInvocation `REFUSED` if there is no scheduled message with this number.
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
    /// Creates the queue with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
