#if PIP_ACTIVEMQ
internal import NIOSSL

/// What a client of a broker is configured with. Holds secrets.
struct STOMPClientOptions: Sendable {
    /// The product that errors name.
    var broker = "ActiveMQ"
    /// Where the broker is. Each attempt to connect tries the next one.
    var servers: [BrokerServer] = []
    /// The settings of TLS; nil without it.
    var tls: NIOSSLContext?
    /// The name that the broker's certificate must have; nil for that of the host.
    var serverName: String?
    var login = STOMPSession.Login()
    var limits = STOMPDecoder.Limits()
    /// How many calls wait for their receipts at once.
    var maxInFlight = 100
    /// How many calls may wait at once, those in flight included.
    var maxQueue = 10_000
    /// How many bytes of calls may wait at once.
    var maxQueueBytes = 64 << 20
    var connectTimeout = Duration.seconds(10)
    /// The first back-off between two attempts to connect.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// How long a call waits for its receipt, and to be sent.
    var callTimeout = Duration.seconds(30)

    /// The servers, without secrets.
    var place: String { servers.map(\.description).joined(separator: ", ") }
}

extension BrokerAddress.Scheme {
    static let stomp = Self(
        plain: ["stomp", "tcp"], encrypted: ["stomp+ssl", "stomps", "ssl", "tls"], plainPort: 61_613,
        encryptedPort: 61_614)
}
#endif
