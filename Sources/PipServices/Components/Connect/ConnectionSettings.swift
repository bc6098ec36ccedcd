/// The section `connection` of a component: the address of another system, or the address to listen on (the toolkit's
/// `ConnectionParams`).
///
/// Use it as a child component: `let connection = Child(prefix: "connection") { ConnectionSettings(port: 3000) }`.
public final class ConnectionSettings: Component {
    /// The protocol, such as `http`.
    public let `protocol`: Setting<String>
    /// The host name or address; alias `ip`.
    public let host: Setting<String>
    /// The port.
    public let port: Setting<Int>
    /// The whole connection as a URI. It overrides the other settings.
    public let uri: Setting<String?>
    /// The key of the connection in a discovery service.
    public let discoveryKey: Setting<String?>

    /// Creates the settings with their defaults.
    public init(protocol: String = "http", host: String = "localhost", port: Int = 0) {
        self.protocol = Setting("protocol", default: `protocol`, "The protocol")
        self.host = Setting("host", aliases: ["ip"], default: host, "The host name or address")
        self.port = Setting("port", default: port, in: 0...65_535, "The port")
        uri = Setting("uri", default: nil, "Protocol, host and port in one text, which wins over the parts")
        discoveryKey = Setting("discovery_key", default: nil, "The key in a discovery service")
    }
}
