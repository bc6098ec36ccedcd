/// The alternative servers of a message broker, with the login. Its description contains no secrets.
struct BrokerAddress: Sendable, CustomStringConvertible, CustomReflectable {
    /// The protocols of a driver, the default one first, with their default ports.
    struct Scheme: Sendable {
        let plain: [String]
        let encrypted: [String]
        let plainPort: Int
        let encryptedPort: Int
    }

    var servers: [BrokerServer] = []
    var username: String?
    var password: String?
    /// The virtual host in a URI.
    var virtualHost: String?

    var description: String { servers.map(\.description).joined(separator: ", ") }
    var customMirror: Mirror { Mirror(self, children: ["servers": description]) }

    /// Reads the parameters of the connections and their credentials. The parts of a URI take precedence.
    /// - Throws: Misconfiguration `NO_HOST`, `BAD_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_URI`, `NO_PASSWORD`.
    init(
        _ context: Context, _ connections: [ConnectionParams], _ credential: CredentialParams, _ scheme: Scheme
    ) throws(ApplicationError) {
        (username, password) = (credential.username, credential.password)
        for connection in connections { try add(ConnectionCheck(context: context, connection: connection), scheme) }
        if username != nil, password == nil {
            throw .config(
                code: "NO_PASSWORD", key: "credential.password",
                "'credential.username' is set and 'credential.password' is not; expected both or none",
                traceId: context.traceId)
        }
    }

    // MARK: - Internal

    private mutating func add(_ check: ConnectionCheck, _ scheme: Scheme) throws(ApplicationError) {
        var connection = check.connection
        guard let text = connection.uri else {
            try check.host()
            guard let host = connection.host else { throw check.missing("host") }
            return try add(host, check, connection.protocol, scheme)
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
                uri.protocol ?? connection.protocol, scheme)
        }
    }

    private mutating func add(
        _ host: String, _ check: ConnectionCheck, _ name: String?, _ scheme: Scheme
    ) throws(ApplicationError) {
        let isEncrypted = name.map { scheme.encrypted.contains(sameAs: $0) } ?? false
        if let name, !isEncrypted, !scheme.plain.contains(sameAs: name) {
            throw check.wrongProtocol(
                name, code: "UNSUPPORTED_PROTOCOL", expected: Array(scheme.plain.prefix(1) + scheme.encrypted.prefix(1))
            )
        }
        let port = try check.port(default: isEncrypted ? scheme.encryptedPort : scheme.plainPort)
        servers.append(BrokerServer(host: host, port: port, isEncrypted: isEncrypted))
    }
}

/// A server of a message broker.
struct BrokerServer: Sendable, Hashable, CustomStringConvertible {
    var host: String
    var port: Int
    var isEncrypted = false

    var description: String { "\(ConnectionURI.bracketed(host)):\(port)" }
}
