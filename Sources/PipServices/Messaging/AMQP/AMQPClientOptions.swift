/// The options of an AMQP 1.0 client. Contains secrets, so its description shows only the addresses.
struct AMQPClientOptions: Sendable, CustomStringConvertible, CustomReflectable {
    /// The login of a client.
    enum Login: Sendable {
        case anonymous
        case plain(username: String, password: String)
    }

    /// Authorizes a new connection, by sending to an address and receiving from it.
    typealias Authorizer = @Sendable (any AMQPClient) async throws -> Void

    /// The addresses of the broker. Each connection attempt uses the next one.
    var servers: [BrokerServer] = []
    var login = Login.anonymous
    /// The TLS files in PEM; nil for the system's authorities and for no client certificate.
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    /// The host name that the broker's certificate must contain; nil for the host of the address.
    var serverName: String?
    /// The requested host name or virtual host of the broker; nil for the host of the address.
    var virtualHost: String?
    /// Identifies the client to the broker.
    var containerId = ""
    /// The address that can be used before ``authorize`` has returned.
    var authorizationAddress: String?
    /// Called for each connection, before anything else is sent.
    var authorize: Authorizer?
    /// The time without input after which a connection counts as lost; zero for no limit.
    var idleTimeout = Duration.seconds(30)
    var connectTimeout = Duration.seconds(10)
    /// The first back-off between connection attempts.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// The time in which a call must be sent and receive its response.
    var callTimeout = Duration.seconds(30)
    /// The maximum number of sent messages that await the broker's outcome.
    var maxInFlight = 100
    /// The maximum number and total size in bytes of waiting calls, including those in flight.
    var maxQueue = 10_000
    var maxQueueBytes = 64 << 20
    /// The maximum size of a received message, in bytes.
    var maxMessageSize = 16 << 20
    /// True to send messages as durable.
    var sendsDurable = false
    /// True to return without a connection if the broker is unreachable, and to continue connecting in the background.
    var mayWait = false

    /// The servers, without secrets.
    var place: String { servers.map(\.description).joined(separator: ", ") }

    var description: String { place }
    var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}
