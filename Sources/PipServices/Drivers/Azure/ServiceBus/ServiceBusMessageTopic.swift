#if PIP_AZURE
public import FoundationEssentials

/// A topic of Azure Service Bus and one of its subscriptions (the toolkit's `ServiceBusMessageTopic`): sent messages
/// are delivered to all subscriptions, and messages are received from `subscription`. The topic, and the configured
/// subscription, must exist.
///
/// Without `subscription`, messages are received from a temporary subscription. It is created by the first call that
/// receives and deleted at closing, which needs the right `Manage` and an HTTP driver. Service Bus deletes the
/// subscription of a crashed process. Otherwise it behaves like ``ServiceBusMessageQueue``.
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

    /// Returns the state of a message's session, for example the progress of a handler; nil if none was set.
    /// - Parameter message: a received, unsettled message.
    /// - Throws: Unsupported `NOT_SUPPORTED` unless `options.requires_session` is true; InvalidState `NOT_RECEIVED`;
    ///   Conflict `SESSION_LOCK_LOST`, `LOCK_EXPIRED`, `ALREADY_SETTLED`; NoResponse errors.
    public func readSessionState(_ context: Context, _ message: MessageEnvelope) async throws -> [UInt8]? {
        try await connector.readSessionState(context, message, name)
    }

    /// Sets the state of a message's session. Later receivers of the session can read it.
    /// - Parameters:
    ///   - message: a received, unsettled message.
    ///   - state: the new state, limited to the size of a message; nil to remove it.
    /// - Throws: the errors of ``readSessionState(_:_:)``.
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
