#if PIP_MQTT
/// A queue on an MQTT broker (the toolkit's `MqttMessageQueue`).
///
/// It sends to and receives from the topic `topic`, by default its name. The topic may be a filter with wildcards, for
/// receiving only, or a shared subscription (`$share/<group>/<topic>`), which delivers each message to one of its
/// subscribers.
///
/// For the broker, a message is handled when it has arrived. The queue then keeps it in memory for delivery, redelivery
/// and dead-lettering: a crash loses up to `options.max_received` messages, plus up to 100 of the connection. With
/// `options.autosubscribe` it subscribes when it opens, otherwise with the first receive call. It uses the service's
/// ``MQTTConnection`` at `*:connection:mqtt:*:1.0` if that exists; otherwise it opens its own, configured in the same
/// section.
public final class MQTTMessageQueue: ConnectorMessageQueue {
    private let connector: CachedMessageConnector
    private let transport: MQTTTransport
    /// The queue's implementation.
    public let engine: MessageQueueEngine

    /// Creates a queue.
    /// - Parameter name: the queue's name, which the setting `queue` or `name` replaces.
    public init(_ name: String = "default") {
        let transport = MQTTTransport()
        let connector = CachedMessageConnector(transport) { transport.maxReceived() }
        self.transport = transport
        self.connector = connector
        engine = MessageQueueEngine(name: name) { () throws(ApplicationError) in connector }
    }
}
#endif
