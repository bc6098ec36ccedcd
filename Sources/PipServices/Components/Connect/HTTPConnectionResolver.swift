/// Finds the connections of HTTP endpoints and clients, and checks them (the toolkit's `HttpConnectionResolver`).
///
/// A component that they hold: `let connection = HTTPConnectionResolver()`. Its settings are checked when the service
/// starts; `connection.discovery_key` and `credential.store_key` are followed when it resolves.
public final class HTTPConnectionResolver: Component, Checkable {
    private let settings: [any Slot]
    private let connections = PluralSection(
        "connections", singular: "connection", "Several sections in the place of `connection`")
    private let credentials = PluralSection(
        "credentials", singular: "credential", secret: true, "Several sections in the place of `credential`")
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
    ///   - protocol: the protocol where none is configured.
    ///   - host: the host where none is configured; nil when there must be one.
    ///   - port: the port where none is configured; nil when there must be one.
    ///   - protocols: what is understood.
    ///   - hostless: of these, those that need no host.
    ///   - allowsAnyPort: true for an endpoint, for which port 0 means that the system chooses one.
    ///   - needsCertificate: false for a client, which can do HTTPS without a certificate of its own.
    ///   - isOptional: true if a configuration without a connection is no mistake.
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

    /// The connection: `protocol`, `host`, `port` and `uri`, and for HTTPS the files of the certificate.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `WRONG_PROTOCOL`, `NO_HOST`, `BAD_HOST`, `NO_PORT`, `BAD_URI`, and for
    ///   HTTPS `NO_CREDENTIAL`, `NO_SSL_KEY_FILE` and `NO_SSL_CRT_FILE`; Internal `REF_ERROR` when discovery or a credential
    ///   store is needed and the service has none; what these throw.
    public func resolve(_ context: Context) async throws -> ConfigParams {
        let connection = try await lookup.resolve(context)
        let credential = try await credential(context)
        return try compose(context, [try validate(context, connection, credential)], credential)
    }

    /// All connections in one; of different values under one name the last counts.
    /// - Throws: as ``resolve(_:)``.
    public func resolveAll(_ context: Context) async throws -> ConfigParams {
        let connections = try await lookup.resolveAll(context)
        let credential = try await credential(context)
        guard !connections.isEmpty else { throw noConnection(context) }
        return try compose(
            context, try connections.map { try validate(context, $0, credential) }, credential)
    }

    /// All connections, each by itself: the addresses of one service, over which a client spreads its calls.
    /// - Throws: as ``resolve(_:)``.
    public func resolveEach(_ context: Context) async throws -> [ConfigParams] {
        let connections = try await lookup.resolveAll(context)
        let credential = try await credential(context)
        guard !connections.isEmpty else { throw noConnection(context) }
        return try connections.map { try compose(context, [try validate(context, $0, credential)], credential) }
    }

    /// Checks the connections, unless a discovery service or a credential store has to be asked for them.
    /// - Throws: as ``resolve(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        if !needsLookup, isConfigured || !isOptional { _ = try await resolveEach(context) }
    }

    /// Tells the discovery services of the connection that ``resolve(_:)`` gives, under its `discovery_key`. One without
    /// a key is left alone.
    ///
    /// - Parameter port: the port where it differs, such as the one that the system chose for port 0.
    /// - Throws: as ``resolve(_:)``.
    public func register(_ context: Context, port: Int? = nil) async throws {
        let lookup = lookup
        guard let found = try await lookup.resolve(context), let key = found.discoveryKey else { return }
        var connection = try validate(context, found, try await credential(context))
        if let port { connection.port = port }
        // The key is what it is found by, not where it is.
        connection.config.remove("discovery_key")
        for discovery in lookup.discoveries.reversed() { try await discovery.register(context, key, connection) }
    }

    // MARK: - Internal

    /// True if there is a connection, by configuration or by the defaults.
    var isConfigured: Bool { !configured.isEmpty }

    /// True if a discovery service or a credential store knows a part of the connection.
    var needsLookup: Bool {
        configured.contains(where: \.usesDiscovery) || credentials().contains { CredentialParams($0).usesStore }
    }

    private static func settings(_ name: String, _ host: String?, _ port: Int?, allowsAnyPort: Bool) -> [any Slot] {
        [
            Setting("connection.protocol", default: name, "The protocol"),
            Setting<String?>(
                "connection.host", aliases: ["connection.ip"], default: host, "The host's name or address"),
            Setting<Int?>("connection.port", default: port, in: (allowsAnyPort ? 0 : 1)...65_535, "The port"),
            Setting<String?>(
                "connection.uri", default: nil, secret: true,
                "Protocol, host and port in one text, which wins over the parts; of a client also user, password and path"
            ),
            Setting<String?>("connection.discovery_key", default: nil, "The key in a discovery service"),
            Setting<String?>("credential.store_key", default: nil, "The key in a credential store"),
            Setting<String?>("credential.ssl_key_file", default: nil, "The file of the certificate's private key"),
            Setting<String?>("credential.ssl_crt_file", default: nil, "The file of the certificate"),
            Setting<String?>("credential.ssl_ca_file", default: nil, "The file of the certificates that are trusted"),
            Setting<String?>(
                "credential.internal_network", default: nil, "Any text allows HTTPS without a certificate's files"),
        ]
    }

    /// What is configured, filled up with the defaults. They count as a connection where there is none.
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

    /// The credential, looked up where that is needed; nil if there is none.
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

    /// Checks a connection, and gives it with what the defaults add.
    private func validate(
        _ context: Context, _ connection: ConnectionParams?, _ credential: CredentialParams?
    ) throws -> ConnectionParams {
        guard var connection else { throw noConnection(context) }
        guard connection.uri == nil else { return connection }
        // A host under its other name is no missing host.
        if connection.host == nil { connection.host = defaults["host"] }
        if let host = connection.host?.unicodeScalars, host.first == "[", host.last == "]" {
            // An IPv6 address as it stands in a URI.
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
            // Without one, a path may be a misspelt host.
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
            // An endpoint listens: it has neither a path nor a user. Clients use both.
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
