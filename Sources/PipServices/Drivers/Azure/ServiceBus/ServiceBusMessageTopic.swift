#if PIP_AZURE
public import FoundationEssentials

/// A topic of Azure Service Bus and one of its subscriptions (the toolkit's `ServiceBusMessageTopic`): sent messages
/// are delivered to all subscriptions, and messages are received from `subscription`. Both must exist.
///
/// Without `subscription`, messages are received from a temporary subscription, which the first receive creates and
/// closing deletes. This needs the right `Manage` and an HTTP driver. Service Bus deletes the subscriptions of crashed
/// processes. Otherwise it behaves like ``ServiceBusMessageQueue``.
public final class ServiceBusMessageTopic: ConnectorMessageQueue, Checkable {
    private let connector: ServiceBusConnector
    /// The implementation of the topic.
    public let engine: MessageQueueEngine

    /// Creates a topic.
    /// - Parameter name: the name of the topic; the setting `topic` or `connection.topic` replaces it.
    public init(_ name: String = "default") {
        let connector = ServiceBusConnector(isTopic: true)
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names and the connection. The connection is not checked if a part of it comes from a discovery
    /// service or a credential store.
    /// - Throws: as ``ServiceBusMessageQueue/checkConfiguration(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        try await connector.check(context, queue: name, topic: engine.topicName)
    }

    /// Sends a message that becomes available at a given time.
    /// - Returns: its sequence number, for ``cancelScheduled(_:_:)``.
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

extension ServiceBusMessageTopic {
    /// Creates the topic with the name in a descriptor.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
