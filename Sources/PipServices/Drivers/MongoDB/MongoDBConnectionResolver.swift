/// Builds the MongoDB connection string from the sections `connection` or `connections`, `credential` and `options`
/// (the toolkit's `MongoDbConnectionResolver`).
///
/// A `uri` takes precedence; the sections add what it does not specify. Several connections are the hosts of one
/// replica set or cluster. Unknown keys of a connection or a credential are treated as connection string options.
public final class MongoDBConnectionResolver: Component {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let replicaSet = Setting<String?>("options.replica_set", default: nil, "The name of the replica set")
    private let tls = Setting<Bool?>("options.ssl", aliases: ["options.tls"], default: nil, "True for TLS")
    private let tlsCA = Setting<String?>(
        "options.tls_ca_file", default: nil,
        "The file of the trusted authorities; by default those of the system")
    private let tlsCertificate = Setting<String?>(
        "options.tls_certificate_key_file", default: nil, "The file of the client's certificate and its key, in PEM")
    private let tlsPassword = Setting<String?>(
        "options.tls_certificate_key_password", default: nil, secret: true, "The password of the client's key")
    private let tlsInsecure = Setting<Bool?>(
        "options.tls_insecure", default: nil, "True to skip the verification of certificate and host, for tests only")
    private let authSource = Setting<String?>(
        "options.auth_source", default: nil, "The authentication database; by default the connection's database")
    private let authUser = Setting<String?>(
        "options.auth_user", default: nil, "The user, if the credential contains none")
    private let authPassword = Setting<String?>(
        "options.auth_password", default: nil, secret: true, "The password, if the credential contains none")
    private let readPreference = Setting(
        "options.read_preference", default: "primary",
        oneOf: ["primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"],
        "The servers to read from")
    private let readConcern = Setting<String?>(
        "options.read_concern", default: nil,
        "The read concern: local, majority, linearizable, available or snapshot")
    private let writeConcern = Setting<String?>(
        "options.write_concern", default: nil,
        "The number of servers that confirm a write: at least 1, or majority; by default the server's setting")
    private let writeTimeout = Setting<Duration?>(
        "options.write_timeout", default: nil, in: Duration.zero...,
        "The timeout of the servers' confirmation of a write, in ms; 0 for no limit")
    private let retryWrites = Setting(
        "options.retry_writes", default: true,
        "True to retry a write once if its connection fails and the servers detect repeated writes")
    private let connectTimeout = Setting(
        "options.connect_timeout", default: Duration.milliseconds(5000), in: Duration.milliseconds(1)...,
        "The timeout of connecting to a server, in ms")
    private let socketTimeout = Setting(
        "options.socket_timeout", default: Duration.seconds(30), in: Duration.milliseconds(1)...,
        "The maximum silence of a server before its connection is closed, in ms")
    private let selectionTimeout = Setting(
        "options.server_selection_timeout", default: Duration.milliseconds(5000), in: Duration.milliseconds(1)...,
        "The maximum time for which a call waits for a suitable server, such as a new primary, in ms")
    private let heartbeat = Setting(
        "options.heartbeat_interval", default: Duration.seconds(10), in: Duration.milliseconds(500)...,
        "The interval of checks of idle servers, in ms")
    private let name = NameSlot()

    /// Creates a resolver.
    public init() {}

    /// Returns the connection string, which contains the password.
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `NO_PORT`, `NO_DATABASE`, `BAD_DATABASE`, `BAD_URI`,
    ///   `UNSUPPORTED_PROTOCOL`, `UNKNOWN_OPTION`, `BAD_OPTION`, `NO_PASSWORD`; Internal `REF_ERROR` if a required
    ///   discovery service or credential store is missing; errors of these.
    public func resolve(_ context: Context) async throws -> String { try await address(context).uri }

    // MARK: - Internal

    static let port = 27017
    /// Keys of a connection that are not options of the connection string.
    private static let knownKeys = [
        "uri", "host", "ip", "port", "database", "protocol", "discovery_key", "username", "user", "password", "pass",
        "store_key",
    ]
    private static let protocols = ["mongodb", "mongodb+srv"]

    /// True if part of the connection comes from a discovery service or a credential store.
    var needsLookup: Bool {
        connections.all.contains(where: \.usesDiscovery) || credentials.all.contains(where: \.usesStore)
    }

    func address(_ context: Context, threads: Int = 10, waitLimit: Duration = .seconds(30)) async throws
        -> MongoDBAddress
    {
        let found = try await connections.resolveAll(context)
        guard !found.isEmpty else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "The connection to MongoDB is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        var parts = try Self.parts(found, context)
        try parts.setUser(
            credential.username ?? authUser(), credential.password ?? authPassword(), context)
        let sections = found.map { ("connection", $0.config) } + [("credential", credential.config)]
        for (section, config) in sections {
            for (name, value) in config {
                guard let value, !value.isEmpty, !Self.knownKeys.contains(sameAs: name.asciiLowercased) else {
                    continue
                }
                try parts.set(name, value, key: "\(section).\(name)", context)
            }
        }
        try addSettings(&parts, threads, waitLimit, context)
        return parts.address
    }

    private func addSettings(
        _ parts: inout MongoDBAddressParts, _ threads: Int, _ waitLimit: Duration, _ context: Context
    ) throws(ApplicationError) {
        func text(_ time: Duration?) -> String? {
            time.map { String(Int32(clamping: max(1, $0.wholeMilliseconds))) }
        }
        let settings: [(String, String?)] = [
            ("replicaSet", replicaSet()), ("tls", tls().map { "\($0)" }), ("tlsCAFile", tlsCA()),
            ("tlsCertificateKeyFile", tlsCertificate()), ("tlsCertificateKeyFilePassword", tlsPassword()),
            ("tlsInsecure", tlsInsecure().map { "\($0)" }), ("authSource", authSource()),
            ("readPreference", readPreference()), ("readConcernLevel", readConcern()), ("w", writeConcern()),
            ("wTimeoutMS", text(writeTimeout())), ("retryWrites", "\(retryWrites())"),
            ("connectTimeoutMS", text(connectTimeout())), ("socketTimeoutMS", text(socketTimeout())),
            ("serverSelectionTimeoutMS", text(selectionTimeout())), ("heartbeatFrequencyMS", text(heartbeat())),
            ("waitQueueTimeoutMS", text(waitLimit)), ("maxPoolSize", String(threads)),
        ]
        for (name, value) in settings {
            guard let value, !value.isEmpty else { continue }
            // Of the settings, only the write concern accepts values that its option does not.
            try parts.set(name, value, key: name == "w" ? "options.write_concern" : "options", context)
        }
        // Without TLS settings, the URI decides.
    }

    private static func parts(
        _ connections: [ConnectionParams], _ context: Context
    ) throws(ApplicationError) -> MongoDBAddressParts {
        var parts = MongoDBAddressParts()
        for connection in connections {
            let check = ConnectionCheck(context: context, connection: connection)
            if let name = connection.protocol, connection.uri == nil, !protocols.contains(sameAs: name) {
                throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: protocols)
            }
            if let uri = connection.uri {
                guard connections.count == 1 else {
                    throw .config(
                        code: "BAD_URI", key: "connections",
                        "One of several 'connections' to MongoDB has a 'uri'; expected one URI with all hosts",
                        traceId: context.traceId)
                }
                try parts.read(check.parse(uri), check, context)
            } else {
                guard let host = connection.host, !host.utf8.contains(0) else { throw check.missing("host") }
                parts.protocol = connection.protocol ?? "mongodb"
                parts.hosts.append((host, try check.port(default: port)))
            }
            if parts.database == nil { parts.database = connection["database"]?.trimmed }
        }
        guard let database = parts.database, !database.isEmpty else {
            throw .config(
                code: "NO_DATABASE", key: "connection.database",
                "The connection to MongoDB names no database; expected 'connection.database', or a URI with '/database'",
                traceId: context.traceId)
        }
        guard database.utf8.count < 64,
            !database.utf8.contains(where: { #"/\. "$*<>:|?"#.utf8.contains($0) || $0 == 0 })
        else {
            throw .config(
                code: "BAD_DATABASE", key: parts.databaseKey,
                "The database '\(database.shortened)' in '\(parts.databaseKey)' is not a valid MongoDB name; expected "
                    + #"fewer than 64 bytes without /\. "$*<>:|?"#, traceId: context.traceId)
        }
        return parts
    }
}

/// The parts of a connection string.
struct MongoDBAddressParts {
    var `protocol` = "mongodb"
    var hosts: [(host: String, port: Int?)] = []
    var database: String?
    /// The key that configures the database.
    private(set) var databaseKey = "connection.database"
    private var user: (name: String, password: String?)?
    private var options: [(name: String, value: String)] = []

    /// Parses a URI.
    mutating func read(
        _ uri: ConnectionURI, _ check: ConnectionCheck, _ context: Context
    ) throws(ApplicationError) {
        `protocol` = uri.protocol?.asciiLowercased ?? ""
        guard ["mongodb", "mongodb+srv"].contains(sameAs: `protocol`) else {
            throw check.wrongProtocol(`protocol`, code: "UNSUPPORTED_PROTOCOL", expected: ["mongodb", "mongodb+srv"])
        }
        for server in uri.servers {
            guard !server.host.isEmpty, !server.host.utf8.contains(0) else { throw check.missing("host") }
            var port: Int?
            if let text = server.port {
                port = UInt16(text).map { Int($0) }
                guard let port, port > 0 else {
                    // A malformed port may be part of a password.
                    let shown = uri.canBeShown ? "'\(text)'" : "(not shown)"
                    throw .config(
                        code: "NO_PORT", key: "connection.uri",
                        "A server in the URI of MongoDB has the port \(shown); expected one from 1 to 65535",
                        traceId: context.traceId)
                }
            }
            hosts.append((PercentCoding.decode(server.host), port))
        }
        database = uri.path.map { PercentCoding.decode($0) }
        if database != nil { databaseKey = "connection.uri" }
        if let name = uri.username, !name.isEmpty { user = (name, uri.password) }
        for option in uri.query { try set(option.name, option.value ?? "", key: "connection.uri", context) }
    }

    /// Sets the user, unless the URI contains one. An empty user and password mean none.
    mutating func setUser(_ name: String?, _ password: String?, _ context: Context) throws(ApplicationError) {
        guard user == nil else { return }
        guard let name, !name.isEmpty else {
            guard password?.isEmpty ?? true else {
                throw .config(
                    code: "NO_USER", key: "credential.username",
                    "The connection to MongoDB has a password and no user; expected 'credential.username'",
                    traceId: context.traceId)
            }
            return
        }
        user = (name, password)
    }

    /// Sets an option that is not set yet.
    /// - Parameter key: the key that configures it.
    mutating func set(
        _ name: String, _ value: String, key: String, _ context: Context
    ) throws(ApplicationError) {
        let name = try MongoDBOption.check(name, value, key: key, context)
        let isTLS = name == "ssl" || name == "tls"
        if options.contains(where: { $0.name == name || isTLS && ($0.name == "ssl" || $0.name == "tls") }) { return }
        options.append((name, value))
    }

    var address: MongoDBAddress {
        var login = ""
        if let user {
            login = PercentCoding.encode(user.name) + (user.password.map { ":" + PercentCoding.encode($0) } ?? "") + "@"
        }
        let isService = `protocol` == "mongodb+srv"
        func text(_ host: (host: String, port: Int?)) -> String {
            if isService { return host.host }
            // The path of a socket must not be mistaken for a database.
            let name =
                host.host.begins(with: "/") ? PercentCoding.encode(host.host) : ConnectionURI.bracketed(host.host)
            return host.host.begins(with: "/") ? name : "\(name):\(host.port ?? MongoDBConnectionResolver.port)"
        }
        let place = hosts.map(text).joined(separator: ",")
        let query = options.map { "\($0.name)=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
        let database = database ?? ""
        return MongoDBAddress(
            uri: "\(`protocol`)://\(login)\(place)/\(PercentCoding.encode(database))"
                + (query.isEmpty ? "" : "?\(query)"),
            database: database, place: place)
    }
}
