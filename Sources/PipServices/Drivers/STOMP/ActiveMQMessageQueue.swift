#if PIP_ACTIVEMQ
/// A queue of ActiveMQ, over STOMP.
///
/// It receives from the queue with its name. With `topic`, it sends to the topic and also receives the topic's
/// messages: with `client_id` through a durable subscription, otherwise only while it is receiving.
///
/// An abandoned message is replaced by a copy with a delivery count, in one transaction. Dead letters are copies in the
/// queue `<name>.dead`.
///
/// The broker delivers up to `options.prefetch` messages, which wait locally for their receivers. Locks are local; if
/// the connection is lost or the process ends, the broker redelivers all messages that were not settled. The queue uses
/// the service's ``ActiveMQConnection`` at `*:connection:activemq:*:1.0` if that exists, and otherwise opens its own,
/// configured from the same section.
public final class ActiveMQMessageQueue: ConnectorMessageQueue, Checkable {
    private let connection: Shared<ActiveMQConnection>
    let connector: STOMPMessageConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue` or `name` replaces it.
    public init(_ name: String = "default") {
        let connection = Shared<ActiveMQConnection>("connection", "*:connection:activemq:*:1.0") {
            ActiveMQConnection()
        }
        let connector = STOMPMessageConnector(ActiveMQRouting()) { () throws(ApplicationError) in
            try connection().client
        }
        self.connection = connection
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queue, its dead letters and its topic.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`.
    public func checkConfiguration(_ context: Context) async throws {
        try connector.check(context, name, topic: engine.topicName)
    }
}
#endif
