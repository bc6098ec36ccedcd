#if PIP_MQTT
/// The settings of a client. They contain secrets.
struct MQTTClientOptions: Sendable {
    /// The last will: a message that the broker sends when the client is lost.
    struct Will: Sendable {
        var topic: String
        var payload: [UInt8]
        var qos = 0
        var isRetained = false
    }

    var address = MQTTAddress()
    var clientId = ""
    var isVersion5 = true
    /// False for a session that the broker keeps without a connection.
    var isClean = true
    /// The session expiry interval, in seconds; MQTT 5 only.
    var sessionExpiry: UInt32 = 0
    /// In seconds; 0 for none.
    var keepAlive: Int32 = 60
    var will: Will?
    /// The maximum number of unacknowledged messages.
    var maxInFlight = 100
    /// The maximum number of waiting calls, including those in flight.
    var maxQueue = 10_000
    /// The maximum size of waiting messages, in bytes.
    var maxQueueBytes = 64 << 20
    var connectTimeout = Duration.seconds(30)
    /// The first back-off between connection attempts.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// The time limit of a call, including its wait in the queue.
    var callTimeout = Duration.seconds(30)
    /// The time without data from the broker after which the connection is considered lost, while a call waits.
    var silenceLimit = Duration.seconds(10)
}
#endif
