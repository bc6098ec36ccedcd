#if PIP_MQTT
/// A queue on an MQTT broker (the toolkit's `MqttMessageQueue`).
///
/// It sends to the topic `topic`, by default its name, and receives what is sent there. The topic may be a filter with
/// wildcards, which can only be received from, or a shared subscription (`$share/<group>/<topic>`), whose messages go
/// to one of its subscribers.
///
/// The broker considers a message handled once it has arrived. From then on, the queue delivers it, again if needed,
/// and keeps the dead letters, in memory: a crash of the process loses what it holds, at most `options.max_received`
/// messages and 100 more for the connection. With `options.autosubscribe`, it subscribes when it is opened, and
/// otherwise when a message is first asked for. It uses the service's ``MQTTConnection`` at `*:connection:mqtt:*:1.0`
/// if that exists, and otherwise opens its own, configured from the same section.
public final class MQTTMessageQueue: ConnectorMessageQueue {
    private let connector: CachedMessageConnector
    private let transport: MQTTTransport
    /// What the queue consists of.
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
