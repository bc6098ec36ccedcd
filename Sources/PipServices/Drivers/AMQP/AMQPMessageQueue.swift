#if PIP_AMQP
/// A queue on a broker of AMQP 1.0, such as RabbitMQ with the plugin `rabbitmq_amqp1_0`.
///
/// It sends to the address `options.address_prefix` with its name and receives from there, or with `topic` from
/// `options.topic_prefix` with that. Messages have the standard properties: `message-id`, `correlation-id` is the trace
/// id, `subject` the message type.
///
/// The broker delivers up to `options.prefetch` messages, which wait here for their receivers. Locks, and redelivery after
/// a failure, are local; if the connection is lost, or the process ends, the broker delivers all messages again that were
/// not settled. Dead letters are copies in the queue `<name>.dead`. The queue uses the service's ``AMQPConnection`` at
/// `*:connection:amqp:*:1.0` if that exists, and otherwise opens its own, configured from the same section.
public final class AMQPMessageQueue: ConnectorMessageQueue, Checkable {
    private let connection: Shared<AMQPConnection>
    let connector: AMQPMessageConnector
    /// What the queue consists of.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
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
