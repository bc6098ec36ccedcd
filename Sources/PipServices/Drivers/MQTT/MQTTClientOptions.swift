#if PIP_MQTT
/// What a client of a broker is configured with. Holds secrets.
struct MQTTClientOptions: Sendable {
    /// A message that the broker sends when the client is lost.
    struct Will: Sendable {
        var topic: String
        var payload: [UInt8]
        var qos = 0
        var isRetained = false
    }

    var address = MQTTAddress()
    var clientId = ""
    var isVersion5 = true
    /// False for a session that the broker keeps while there is no connection.
    var isClean = true
    /// How long the broker keeps the session, in seconds; only in MQTT 5.
    var sessionExpiry: UInt32 = 0
    /// In seconds; 0 for none.
    var keepAlive: Int32 = 60
    var will: Will?
    /// How many messages wait for their acknowledgement at once.
    var maxInFlight = 100
    /// How many calls may wait at once, those in flight included.
    var maxQueue = 10_000
    /// How many bytes of messages may wait at once.
    var maxQueueBytes = 64 << 20
    var connectTimeout = Duration.seconds(30)
    /// The first back-off between two attempts to connect.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// How long a call waits for its acknowledgement, and to be sent.
    var callTimeout = Duration.seconds(30)
    /// How long the broker may say nothing while a call waits for it, before the connection counts as lost.
    var silenceLimit = Duration.seconds(10)
}
#endif
