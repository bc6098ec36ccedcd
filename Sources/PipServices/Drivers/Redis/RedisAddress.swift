#if PIP_REDIS
/// The address of a Redis server with the login. Its description shows only the address, because the rest is secret.
struct RedisAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    var host = "localhost"
    var port = 6379
    /// The path of a Unix socket, used instead of host and port.
    var path: String?
    var username: String?
    var password: String?
    var database = 0
    /// True to use TLS.
    var isEncrypted = false

    var description: String { path ?? "\(ConnectionURI.bracketed(host)):\(port)" }
    var customMirror: Mirror { Mirror(self, children: ["place": description]) }

    init() {}

    /// Reads the parameters of a connection and its credentials. A URI takes precedence. The default host is the local
    /// machine.
    /// - Throws: Misconfiguration `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_DATABASE`, `NO_PASSWORD`.
    init(
        _ context: Context, _ connection: ConnectionParams, _ credential: CredentialParams, database: Int,
        defaultPort: Int = 6379
    ) throws(ApplicationError) {
        let check = ConnectionCheck(context: context, connection: connection)
        self.database = database
        port = defaultPort
        (username, password) = (credential.username, credential.password)
        if let text = connection.uri {
            try read(check.parse(text), check)
        } else {
            try read(protocol: connection.protocol ?? "redis", check)
            let host = connection.host ?? self.host
            if host.begins(with: "/") {
                path = host
            } else {
                self.host = host
                port = try check.port(default: port)
            }
        }
        guard self.database >= 0 else { throw badDatabase(String(self.database), context) }
        if username != nil, password == nil {
            throw .config(
                code: "NO_PASSWORD", key: "credential.password",
                "The connection to Redis has a user and no password; expected both or none",
                traceId: context.traceId)
        }
    }

    // MARK: - Internal

    private mutating func read(_ uri: ConnectionURI, _ check: ConnectionCheck) throws(ApplicationError) {
        let name = uri.protocol ?? "redis"
        try read(protocol: name, check)
        username = uri.username.flatMap { $0.isEmpty ? nil : $0 } ?? username
        password = uri.password.flatMap { $0.isEmpty ? nil : $0 } ?? password
        if let text = uri.query.first(where: { $0.name == "db" })?.value { try select(text, check.context) }
        guard let server = uri.servers.first, uri.servers.count == 1, !server.host.isEmpty else {
            guard uri.servers.count > 1 else { throw check.missing("host") }
            throw .config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connection.uri",
                "The URI of Redis names \(uri.servers.count) servers; expected one, since there is no cluster. Sentinels are "
                    + "listed in 'connections'",
                traceId: check.context.traceId)
        }
        if name == "unix" || server.host.begins(with: "/") {
            path = server.host + (uri.path.map { "/" + $0 } ?? "")
            return
        }
        host = server.host
        var connection = check.connection
        connection["port"] = server.port
        port = try ConnectionCheck(context: check.context, connection: connection).port(default: port)
        if let text = uri.path, !text.isEmpty { try select(text, check.context) }
    }

    private mutating func select(_ text: String, _ context: Context) throws(ApplicationError) {
        guard let number = Int(text), number >= 0 else { throw badDatabase(text, context) }
        database = number
    }

    private func badDatabase(_ text: String, _ context: Context) -> ApplicationError {
        .config(
            code: "BAD_DATABASE", key: "connection.uri",
            "The database in the URI of Redis is '\(text)'; expected a number from 0",
            traceId: context.traceId)
    }

    private mutating func read(protocol name: String, _ check: ConnectionCheck) throws(ApplicationError) {
        let known = ["redis", "rediss", "unix"]
        guard known.contains(sameAs: name) else {
            throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: known)
        }
        isEncrypted = name.isSame(as: "rediss")
    }
}
#endif
