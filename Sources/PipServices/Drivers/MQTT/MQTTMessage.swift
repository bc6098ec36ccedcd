#if PIP_MQTT
/// A message as MQTT transports it.
public struct MQTTMessage: Sendable, Hashable {
    /// A name and a value that travel with a message in MQTT 5. Names may repeat.
    public struct Property: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: String

        /// Creates a property.
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// The topic that the message is sent to.
    public var topic: String
    /// The payload.
    public var payload: [UInt8]
    /// The quality of service: 0 delivers at most once, 1 at least once, 2 exactly once while the connection lasts.
    public var qos: Int
    /// Sent: true to make the broker keep the message for future subscribers. Received: true if it was kept.
    public var isRetained: Bool
    /// The user properties. MQTT 3.1.1 has none: there, they are not sent.
    public var properties: [Property]

    /// Creates a message.
    public init(
        _ topic: String, _ payload: [UInt8], qos: Int = 1, isRetained: Bool = false, properties: [Property] = []
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.properties = properties
    }

    // MARK: - Internal

    /// The bytes that the message takes up, roughly.
    var size: Int {
        properties.reduce(topic.utf8.count + payload.count + 64) { $0 + $1.name.utf8.count + $1.value.utf8.count + 5 }
    }
}
#endif
