#if PIP_AZURE
public import FoundationEssentials

/// A topic of Azure Service Bus and one of its subscriptions (the toolkit's `ServiceBusMessageTopic`): what is sent goes to
/// all subscriptions, and messages come from `subscription`. Both must exist.
///
/// Without `subscription`, messages come from a temporary one, which the first call that receives creates, and closing
/// deletes. That needs the right `Manage` and a driver for HTTP. Service Bus deletes what a crashed process leaves. Everything
/// else is as in ``ServiceBusMessageQueue``.
public final class ServiceBusMessageTopic: ConnectorMessageQueue, Checkable {
    private let connector: ServiceBusConnector
    /// What the topic consists of.
    public let engine: MessageQueueEngine

    /// Creates a topic.
    /// - Parameter name: the name of the topic, which the settings `topic` and `connection.topic` replace.
    public init(_ name: String = "default") {
        let connector = ServiceBusConnector(isTopic: true)
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names and the connection, unless it has to be looked up.
    /// - Throws: as ``ServiceBusMessageQueue/checkConfiguration(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }

    /// Sends a message that can be received from a time on.
    /// - Returns: its number in the topic, for ``cancelScheduled(_:_:)``.
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

extension ServiceBusMessageTopic {
    /// Creates the topic that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
