/// Resolves and validates the connections of HTTP endpoints and clients (the toolkit's `HttpConnectionResolver`).
///
/// Use it as a child component: `let connection = HTTPConnectionResolver()`. The settings are validated when the
/// service starts; `connection.discovery_key` and `credential.store_key` are looked up when it resolves.
public final class HTTPConnectionResolver: Component, Checkable {
    private let settings: [any Slot]
    private let connections = PluralSection(
        "connections", singular: "connection", "Several sections instead of `connection`")
    private let credentials = PluralSection(
        "credentials", singular: "credential", secret: true, "Several sections instead of `credential`")
    private let discoveries = Dependencies<any Discovery>("discovery", "*:discovery:*:*:*")
    private let stores = Dependencies<any CredentialStore>("credential-store", "*:credential-store:*:*:*")
    private let defaults: ConfigParams
    private let protocols: [String]
    private let hostless: [String]
    private let allowsAnyPort: Bool
    private let needsCertificate: Bool
    private let isOptional: Bool

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - protocol: the default protocol.
    ///   - host: the default host; nil if a host is required.
    ///   - port: the default port; nil if a port is required.
    ///   - protocols: the supported protocols.
    ///   - hostless: the protocols among them that need no host.
    ///   - allowsAnyPort: true for an endpoint, where port 0 means that the system chooses one.
    ///   - needsCertificate: false for a client, which can use HTTPS without its own certificate.
    ///   - isOptional: true if a configuration without a connection is allowed.
    public init(
        protocol: String = "http", host: String? = nil, port: Int? = nil, protocols: [String] = ["http", "https"],
        hostless: [String] = [], allowsAnyPort: Bool = false, needsCertificate: Bool = true, isOptional: Bool = false
    ) {
        self.isOptional = isOptional
        self.protocols = protocols
        self.hostless = hostless
        self.allowsAnyPort = allowsAnyPort
        self.needsCertificate = needsCertificate
        var defaults: ConfigParams = ["protocol": `protocol`]
        if let host { defaults["host"] = host }
        if let port { defaults["port"] = String(port) }
        self.defaults = defaults
        settings = Self.settings(`protocol`, host, port, allowsAnyPort: allowsAnyPort)
    }

    /// The settings of one connection and its credentials.
    public var slots: [any Slot] { settings }

    /// Returns the connection: `protocol`, `host`, `port` and `uri`, and for HTTPS the files of the certificate.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `WRONG_PROTOCOL`, `NO_HOST`, `BAD_HOST`, `NO_PORT`, `BAD_URI`, and
    ///   for HTTPS `NO_CREDENTIAL`, `NO_SSL_KEY_FILE` and `NO_SSL_CRT_FILE`; Internal `REF_ERROR` if discovery or a
    ///   credential store is needed and the service has none; errors of these services.
    public func resolve(_ context: Context) async throws -> ConfigParams {
        let connection = try await lookup.resolve(context)
        let credential = try await credential(context)
        return try compose(context, [try validate(context, connection, credential)], credential)
    }

    /// Returns all connections merged into one. If values differ, the last one wins.
    /// - Throws: as ``resolve(_:)``.
    public func resolveAll(_ context: Context) async throws -> ConfigParams {
        let connections = try await lookup.resolveAll(context)
        let credential = try await credential(context)
        guard !connections.isEmpty else { throw noConnection(context) }
        return try compose(
            context, try connections.map { try validate(context, $0, credential) }, credential)
    }

    /// Returns all connections separately: the addresses of one service, among which a client balances its calls.
    /// - Throws: as ``resolve(_:)``.
    public func resolveEach(_ context: Context) async throws -> [ConfigParams] {
        let connections = try await lookup.resolveAll(context)
        let credential = try await credential(context)
        guard !connections.isEmpty else { throw noConnection(context) }
        return try connections.map { try compose(context, [try validate(context, $0, credential)], credential) }
    }

    /// Checks the connections, unless they need a discovery service or a credential store.
    /// - Throws: as ``resolve(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        if !needsLookup, isConfigured || !isOptional { _ = try await resolveEach(context) }
    }

    /// Registers the connection of ``resolve(_:)`` with the discovery services under its `discovery_key`. Does nothing
    /// without a key.
    ///
    /// - Parameter port: the actual port if it differs, such as the one that the system chose for port 0.
    /// - Throws: as ``resolve(_:)``.
    public func register(_ context: Context, port: Int? = nil) async throws {
        let lookup = lookup
        guard let found = try await lookup.resolve(context), let key = found.discoveryKey else { return }
        var connection = try validate(context, found, try await credential(context))
        if let port { connection.port = port }
        // The key identifies the connection and is not part of it.
        connection.config.remove("discovery_key")
        for discovery in lookup.discoveries.reversed() { try await discovery.register(context, key, connection) }
    }

    // MARK: - Internal

    /// True if there is a connection, by configuration or by the defaults.
    var isConfigured: Bool { !configured.isEmpty }

    /// True if a part of the connection is in a discovery service or a credential store.
    var needsLookup: Bool {
        configured.contains(where: \.usesDiscovery) || credentials().contains { CredentialParams($0).usesStore }
    }

    private static func settings(_ name: String, _ host: String?, _ port: Int?, allowsAnyPort: Bool) -> [any Slot] {
        [
            Setting("connection.protocol", default: name, "The protocol"),
            Setting<String?>(
                "connection.host", aliases: ["connection.ip"], default: host, "The host name or address"),
            Setting<Int?>("connection.port", default: port, in: (allowsAnyPort ? 0 : 1)...65_535, "The port"),
            Setting<String?>(
                "connection.uri", default: nil, secret: true,
                "The protocol, host and port as one URI, which takes precedence over the parts; for a client also "
                    + "user, password and path"
            ),
            Setting<String?>("connection.discovery_key", default: nil, "The key in a discovery service"),
            Setting<String?>("credential.store_key", default: nil, "The key in a credential store"),
            Setting<String?>("credential.ssl_key_file", default: nil, "The file of the certificate's private key"),
            Setting<String?>("credential.ssl_crt_file", default: nil, "The file of the certificate"),
            Setting<String?>("credential.ssl_ca_file", default: nil, "The file of the trusted certificates"),
            Setting<String?>(
                "credential.internal_network", default: nil, "Any value allows HTTPS without certificate files"),
        ]
    }

    /// The configured connections with their defaults. Without any, the defaults are the connection.
    private var configured: [ConnectionParams] {
        let connections = connections()
        if connections.isEmpty {
            return defaults["host"] != nil && defaults["port"] != nil ? [ConnectionParams(defaults)] : []
        }
        return connections.map { section in
            ConnectionParams(ConfigParams(StringValueMap(section.filter { !($0.value ?? "").isEmpty })))
        }
    }

    private var lookup: ConnectionLookup { ConnectionLookup(connections: configured, discoveries: discoveries()) }

    /// Returns the credential, looked up if needed, or nil.
    func credential(_ context: Context) async throws -> CredentialParams? {
        try await CredentialLookup.lookup(context, credentials().map { CredentialParams($0) }, stores())
    }

    private func noConnection(_ context: Context) -> ApplicationError {
        let keys = configured.compactMap(\.discoveryKey).map { "'\($0)'" }.joined(separator: ", ")
        return .config(
            code: "NO_CONNECTION", key: keys.isEmpty ? "connection.host" : "connection.discovery_key",
            keys.isEmpty
                ? "HTTP connection is not set; expected 'connection.host' and 'connection.port', or 'connection.uri'"
                : "HTTP connection is not set: no discovery service knows \(keys)", traceId: context.traceId)
    }

    /// Validates a connection and returns it with its defaults.
    private func validate(
        _ context: Context, _ connection: ConnectionParams?, _ credential: CredentialParams?
    ) throws -> ConnectionParams {
        guard var connection else { throw noConnection(context) }
        guard connection.uri == nil else { return connection }
        // A host under its other name is not missing.
        if connection.host == nil { connection.host = defaults["host"] }
        if let host = connection.host?.unicodeScalars, host.first == "[", host.last == "]" {
            // An IPv6 address in brackets, as in a URI.
            connection.host = String(host.dropFirst().dropLast())
        }
        if connection["port"] == nil { connection["port"] = defaults["port"] }
        let check = ConnectionCheck(context: context, connection: connection)
        let name = connection.protocol ?? defaults["protocol"] ?? "http"
        guard protocols.contains(name) else {
            throw check.wrongProtocol(name, code: "WRONG_PROTOCOL", expected: protocols)
        }
        if connection.host == nil, hostless.contains(sameAs: name) { connection.host = "localhost" }
        guard connection.host != nil else { throw check.missing("host") }
        try check.host()
        try check.port(allowsZero: allowsAnyPort)
        if name == "https", needsCertificate { try validateHTTPS(context, credential) }
        return connection
    }

    private func validateHTTPS(_ context: Context, _ credential: CredentialParams?) throws(ApplicationError) {
        func problem(_ code: String, _ key: String) -> ApplicationError {
            .config(
                code: code, key: key, "HTTPS needs '\(key)'; expected the path of a file in PEM",
                traceId: context.traceId)
        }
        guard let credential else {
            throw ApplicationError.config(
                code: "NO_CREDENTIAL", key: "credential.ssl_key_file",
                "HTTPS needs 'credential.ssl_key_file' and 'credential.ssl_crt_file'; expected the paths of files in PEM",
                traceId: context.traceId)
        }
        guard credential.config.text("internal_network") == nil else { return }
        if credential.config.text("ssl_key_file") == nil {
            throw problem("NO_SSL_KEY_FILE", "credential.ssl_key_file")
        }
        if credential.config.text("ssl_crt_file") == nil {
            throw problem("NO_SSL_CRT_FILE", "credential.ssl_crt_file")
        }
    }

    private func compose(
        _ context: Context, _ connections: [ConnectionParams], _ credential: CredentialParams?
    ) throws -> ConfigParams {
        var result = connections.reduce(ConfigParams()) { $0.override($1.config) }
        if let uri = result.text("uri") {
            let parts = try ConnectionCheck(context: context, connection: ConnectionParams(result)).parse(uri)
            // Without a protocol, a path may be a misspelt host.
            guard parts.protocol != nil || parts.path == nil else {
                throw ApplicationError.config(
                    code: "BAD_URI", key: "connection.uri",
                    "The URI of a connection has no protocol; expected protocol://host:port",
                    traceId: context.traceId)
            }
            let name = parts.protocol?.asciiLowercased ?? result.text("protocol") ?? defaults["protocol"]
            result["protocol"] = name
            result["host"] = parts.servers.first?.host
            result["port"] = parts.servers.first?.port ?? result.text("port")
            let connection = ConnectionParams(result)
            let check = ConnectionCheck(context: context, connection: connection)
            guard let name, protocols.contains(name) else {
                throw check.wrongProtocol(name ?? "", code: "WRONG_PROTOCOL", expected: protocols)
            }
            if connection.host == nil { throw check.missing("host") }
            try check.host()
            try check.port(default: 1, allowsZero: allowsAnyPort)
            // An endpoint listens, so its URI has no path and no user. Clients use both.
            if allowsAnyPort, parts.path?.isEmpty == false || parts.username != nil || parts.password != nil {
                throw ApplicationError.config(
                    code: "BAD_URI", key: "connection.uri",
                    "The URI of an endpoint has a path or a user; expected protocol://host:port",
                    traceId: context.traceId)
            }
        } else {
            let connection = ConnectionParams(result)
            let name = connection.protocol ?? defaults["protocol"] ?? "http"
            let port = connection.port.flatMap { $0 > 0 ? ":\($0)" : nil } ?? ""
            result["uri"] = "\(name)://\(ConnectionURI.bracketed(connection.host ?? ""))\(port)"
        }
        guard result["protocol"] == "https", var files = credential?.config else { return result }
        // It allows HTTPS without files, and does not forbid them.
        if files.text("internal_network") != nil { files.remove("internal_network") }
        return result.override(files)
    }
}
