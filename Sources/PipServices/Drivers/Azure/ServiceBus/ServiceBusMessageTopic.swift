#if PIP_AZURE
public import FoundationEssentials

/// A topic of Azure Service Bus and one of its subscriptions (the toolkit's `ServiceBusMessageTopic`): what is sent goes to
/// all subscriptions, and messages come from `subscription`. Both must exist.
///
/// Without `subscription`, messages can only be sent. Everything else is as in ``ServiceBusMessageQueue``.
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
}

extension ServiceBusMessageTopic {
    /// Creates the topic that a descriptor names.
    convenience init(named locator: Locator) {
        if let name = locator.descriptor?.name { self.init(name) } else { self.init() }
    }
}
#endif
