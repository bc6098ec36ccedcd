#if PIP_AMQP
/// Where the brokers are, and how to log in. Holds a secret, so it shows nothing but the places.
struct AMQPAddress: Sendable, CustomStringConvertible, CustomReflectable {
    var servers: [AMQPServer] = []
    var username: String?
    var password: String?
    /// The virtual host that a URI names.
    var virtualHost: String?

    var description: String { servers.map(\.description).joined(separator: ", ") }
    var customMirror: Mirror { Mirror(self, children: ["place": description]) }

    /// Reads the parameters of connections, which are alternatives, and the credentials for them. What a URI says wins.
    /// - Throws: Misconfiguration `NO_HOST`, `BAD_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_URI`, `NO_PASSWORD`.
    init(
        _ context: Context, _ connections: [ConnectionParams], _ credential: CredentialParams
    ) throws(ApplicationError) {
        (username, password) = (credential.username, credential.password)
        for connection in connections { try add(ConnectionCheck(context: context, connection: connection)) }
        if username != nil, password == nil {
            throw .config(
                code: "NO_PASSWORD", key: "credential.password",
                "'credential.username' is set and 'credential.password' is not; expected both or none",
                traceId: context.traceId)
        }
    }

    // MARK: - Internal

    private mutating func add(_ check: ConnectionCheck) throws(ApplicationError) {
        var connection = check.connection
        guard let text = connection.uri else {
            try check.host()
            guard let host = connection.host else { throw check.missing("host") }
            return try add(host, check, connection.protocol)
        }
        let uri = try check.parse(text)
        guard !uri.servers.isEmpty, uri.servers.allSatisfy({ !$0.host.isEmpty }) else { throw check.missing("host") }
        username = uri.username.flatMap { $0.isEmpty ? nil : $0 } ?? username
        password = uri.password.flatMap { $0.isEmpty ? nil : $0 } ?? password
        virtualHost = uri.path.flatMap { $0.isEmpty ? nil : PercentCoding.decode($0) } ?? virtualHost
        for server in uri.servers {
            connection["port"] = server.port
            try add(
                server.host, ConnectionCheck(context: check.context, connection: connection),
                uri.protocol ?? connection.protocol)
        }
    }

    private mutating func add(
        _ host: String, _ check: ConnectionCheck, _ name: String?
    ) throws(ApplicationError) {
        let name = name ?? "amqp"
        let isEncrypted = name.isSame(as: "amqps")
        guard isEncrypted || name.isSame(as: "amqp") else {
            throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: ["amqp", "amqps"])
        }
        servers.append(
            AMQPServer(host: host, port: try check.port(default: isEncrypted ? 5671 : 5672), isEncrypted: isEncrypted))
    }
}
#endif
