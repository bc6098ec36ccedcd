/// What a client of AMQP 1.0 is configured with. Holds secrets, so it shows nothing but the places.
struct AMQPClientOptions: Sendable, CustomStringConvertible, CustomReflectable {
    /// How a client logs in.
    enum Login: Sendable {
        case anonymous
        case plain(username: String, password: String)
    }

    /// What a session without a connection may do: send to an address and receive from it.
    typealias Authorizer = @Sendable (any AMQPClient) async throws -> Void

    /// Where the broker is. Each attempt to connect tries the next one.
    var servers: [BrokerServer] = []
    var login = Login.anonymous
    /// The files of TLS in PEM; nil for the authorities of the system, and for no certificate of the client.
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    /// The name that the broker's certificate must have; nil for that of the host.
    var serverName: String?
    /// The name of the broker, or its virtual host, that the connection asks for; nil for the host.
    var virtualHost: String?
    /// Identifies the client to the broker.
    var containerId = ""
    /// The address that may be used before ``authorize`` has returned.
    var authorizationAddress: String?
    /// Called for each connection, before anything else is sent.
    var authorize: Authorizer?
    /// After which time of silence a connection is lost; zero for any time.
    var idleTimeout = Duration.seconds(30)
    var connectTimeout = Duration.seconds(10)
    /// The first back-off between two attempts to connect.
    var reconnectDelay = Duration.seconds(1)
    var maxReconnectDelay = Duration.seconds(10)
    /// How long a call waits for the broker, and to be sent.
    var callTimeout = Duration.seconds(30)
    /// How many sent messages wait for the broker at once.
    var maxInFlight = 100
    /// How many calls may wait at once, those in flight included, and how many bytes.
    var maxQueue = 10_000
    var maxQueueBytes = 64 << 20
    /// The largest message that is read, in bytes.
    var maxMessageSize = 16 << 20
    /// True for addresses whose messages survive.
    var sendsDurable = false
    /// True to return without a connection if the broker cannot be reached, and to keep trying.
    var mayWait = false

    /// The servers, without secrets.
    var place: String { servers.map(\.description).joined(separator: ", ") }

    var description: String { place }
    var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}
