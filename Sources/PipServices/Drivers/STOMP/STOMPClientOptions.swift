#if PIP_ACTIVEMQ
internal import NIOSSL

/// The options of a client. Contains secrets.
struct STOMPClientOptions: Sendable {
    /// The name of the product in errors.
    var broker = "ActiveMQ"
    /// The addresses of the broker. Each connection attempt uses the next one.
    var servers: [BrokerServer] = []
    /// The TLS settings; nil without TLS.
    var tls: NIOSSLContext?
    /// The host name that the broker's certificate must contain; nil for the host of the address.
    var serverName: String?
    var login = STOMPSession.Login()
    var limits = STOMPDecoder.Limits()
    /// The maximum number of calls awaiting their receipts.
    var maxInFlight = 100
    /// The maximum number of waiting calls, including those in flight.
    var maxQueue = 10_000
    /// The maximum size of all waiting calls, in bytes.
    var maxQueueBytes = 64 << 20
    var connectTimeout = Duration.seconds(10)
    /// The first back-off between connection attempts.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// The time in which a call must be sent and receive its receipt.
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
