#if PIP_MQTT
/// An MQTT message.
public struct MQTTMessage: Sendable, Hashable {
    /// A user property of an MQTT 5 message: a name and a value. Names may repeat.
    public struct Property: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: String

        /// Creates a property.
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// The topic of the message.
    public var topic: String
    /// The payload.
    public var payload: [UInt8]
    /// The quality of service: 0 delivers at most once, 1 at least once, 2 exactly once while the connection lasts.
    public var qos: Int
    /// When sending: true to make the broker retain the message for future subscribers. When received: true if it was
    /// retained.
    public var isRetained: Bool
    /// The user properties. They are not sent in MQTT 3.1.1, which has none.
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

    /// The approximate memory of the message, in bytes.
    var size: Int {
        properties.reduce(topic.utf8.count + payload.count + 64) { $0 + $1.name.utf8.count + $1.value.utf8.count + 5 }
    }
}
#endif
