/// Validates the settings of a connection to memcached and merges the servers into one `servers` value, `host:port,...`.
struct MemcachedComposer: ConnectionComposer {
    static let port: UInt16 = 11211
    private static let protocols = ["memcached", "tcp"]

    var defaultProtocol: String? { "memcached" }
    var defaultPort: Int { Int(Self.port) }
    /// Checked with the connection, because some protocols have specific errors.
    var supportedProtocols: [String]? { nil }

    func validateConnection(_ context: Context, _ connection: ConnectionParams) throws {
        let servers = servers(of: connection)
        let check = ConnectionCheck(context: context, connection: connection)
        if let name = connection.protocol {
            if Self.isEncrypted(name) { throw Self.noTLS(context, key: "connection.protocol", value: name) }
            if !Self.protocols.contains(sameAs: name.asciiLowercased) {
                throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: Self.protocols)
            }
        }
        if let uri = connection.uri {
            let parts = try check.parse(uri)
            if let name = parts.protocol, Self.isEncrypted(name) {
                throw Self.noTLS(context, key: "connection.uri", value: name)
            }
            if let name = parts.protocol, !Self.protocols.contains(name.asciiLowercased) {
                throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: Self.protocols)
            }
            if parts.username != nil || parts.password != nil { throw Self.noLogin(context, key: "connection.uri") }
        }
        guard !servers.isEmpty else { throw check.missing("host") }
        for (host, port) in servers {
            guard !host.isEmpty, !host.utf8.contains(0) else { throw check.missing("host") }
            guard let port = UInt16(port), port > 0 else {
                throw ApplicationError.config(
                    code: "NO_PORT", key: "connection.port",
                    "The port of the memcached server '\(host)' is '\(port)'; expected one from 1 to 65535",
                    traceId: context.traceId)
            }
        }
    }

    func validateCredential(_ context: Context, _ credential: CredentialParams) throws {
        if credential.username != nil { throw Self.noLogin(context, key: "credential.username") }
        if credential.password != nil { throw Self.noLogin(context, key: "credential.password") }
        for file in ["ssl_ca_file", "ssl_crt_file", "ssl_key_file"] {
            if let path = credential.config.text(file) {
                throw Self.noTLS(context, key: "credential.\(file)", value: path)
            }
        }
    }

    func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams {
        let servers = servers(of: connection).map { "\(ConnectionURI.bracketed($0.host)):\($0.port)" }
        return ConnectionUtils.concat(options, ["servers": servers.joined(separator: ",")])
    }

    /// The servers in the merged value.
    static func servers(in options: ConfigParams) -> [MemcachedServer] {
        ConnectionURI(options.text("servers") ?? "").servers.compactMap { server in
            server.port.flatMap { UInt16($0) }.map { MemcachedServer(host: server.host, port: $0) }
        }
    }

    // MARK: - Internal

    private func servers(of connection: ConnectionParams) -> [(host: String, port: String)] {
        if let uri = connection.uri {
            return ConnectionURI(uri).servers.map { ($0.host, $0.port ?? String(Self.port)) }
        }
        guard let host = connection.host else { return [] }
        return [(host, connection["port"]?.trimmed ?? String(Self.port))]
    }

    private static func isEncrypted(_ name: String) -> Bool {
        ["memcacheds", "tls", "ssl", "tcps"].contains(sameAs: name.asciiLowercased)
    }

    private static func noTLS(_ context: Context, key: String, value: String) -> ApplicationError {
        .unsupported(
            code: "NO_TLS",
            "'\(key)' asks for TLS with memcached by '\(value)'; expected none, because the driver has no TLS. Use a private "
                + "network, or a TLS tunnel beside the service, such as stunnel",
            traceId: context.traceId, details: ["key": .string(key)])
    }

    private static func noLogin(_ context: Context, key: String) -> ApplicationError {
        .unsupported(
            code: "NO_SASL",
            "'\(key)' sets a user or password for memcached; expected none, because the driver has no SASL authentication",
            traceId: context.traceId, details: ["key": .string(key)])
    }
}
