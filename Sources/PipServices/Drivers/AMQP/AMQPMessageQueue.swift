#if PIP_AMQP
/// A queue on an AMQP 1.0 broker, such as RabbitMQ with the plugin `rabbitmq_amqp1_0`.
///
/// It sends to and receives from the address that consists of `options.address_prefix` and the queue's name. With
/// `topic`, the address consists of `options.topic_prefix` and the topic. Messages have standard properties:
/// `message-id` is the message id, `correlation-id` the trace id and `subject` the message type.
///
/// The broker delivers up to `options.prefetch` messages, which wait locally for their receivers. Locks, and redelivery
/// after a failure, are local; if the connection is lost or the process ends, the broker redelivers all messages that
/// were not settled. Dead letters are copies in the queue `<name>.dead`. The queue uses the service's
/// ``AMQPConnection`` at `*:connection:amqp:*:1.0` if that exists, and otherwise opens its own, configured from the
/// same section.
public final class AMQPMessageQueue: ConnectorMessageQueue, Checkable {
    private let connection: Shared<AMQPConnection>
    let connector: AMQPMessageConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue` or `name` replaces it.
    public init(_ name: String = "default") {
        let connection = Shared<AMQPConnection>("connection", "*:connection:amqp:*:1.0") { AMQPConnection() }
        let connector = AMQPMessageConnector { () throws(ApplicationError) in try connection() }
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
