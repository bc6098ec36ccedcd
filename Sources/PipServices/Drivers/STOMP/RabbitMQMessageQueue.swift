#if PIP_ACTIVEMQ
/// A queue of RabbitMQ, over STOMP (the toolkit's `RabbitMQMessageQueue`).
///
/// It receives from the queue with its name. It sends to this queue, to `exchange`, or with `topic` to the exchange
/// `amq.topic`; the queue is bound to the exchange. Messages have the properties of the other editions, which use AMQP
/// 0.9.1: `correlation_id` is the trace id, `message_id` the message id and `type` the message type.
///
/// An abandoned message is replaced by a copy with a delivery count: the copy is sent first, and the message is
/// acknowledged after the receipt of the copy. Dead letters are copies in the queue `<name>.dead`.
///
/// The broker delivers up to `options.prefetch` messages, which wait locally for their receivers. Locks are local; if
/// the connection is lost or the process ends, the broker redelivers all messages that were not settled. The queue uses
/// the service's ``RabbitMQConnection`` at `*:connection:rabbitmq:*:1.0` if that exists, and otherwise opens its own,
/// configured from the same section.
public final class RabbitMQMessageQueue: ConnectorMessageQueue, Checkable {
    private let connection: Shared<RabbitMQConnection>
    let connector: STOMPMessageConnector
    /// The implementation of the queue.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name; the setting `queue` or `name` replaces it.
    public init(_ name: String = "default") {
        let connection = Shared<RabbitMQConnection>("connection", "*:connection:rabbitmq:*:1.0") {
            RabbitMQConnection()
        }
        let connector = STOMPMessageConnector(RabbitMQRouting()) { () throws(ApplicationError) in
            try connection().client
        }
        self.connection = connection
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }

    /// Checks the names of the queue, its dead letters and its topic.
    /// - Throws: Misconfiguration `BAD_QUEUE_NAME`, `NO_QUEUE`.
    public func checkConfiguration(_ context: Context) async throws {
        try connector.check(context, name, topic: engine.topicName)
    }
}
#endif
