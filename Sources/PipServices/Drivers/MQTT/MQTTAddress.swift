#if PIP_MQTT
import Glibc

/// The address of a broker with the login. Its description shows only the address, because the rest is secret.
struct MQTTAddress: Sendable, CustomStringConvertible, CustomReflectable {
    /// The paths of the TLS files.
    struct TLS: Sendable, Hashable {
        /// The file of trusted certificate authorities; nil for those of the system.
        var authorityFile: String?
        /// The client's certificate and key: both or neither.
        var certificateFile: String?
        var keyFile: String?
    }

    var host = "localhost"
    var port = 1883
    var username: String?
    var password: String?
    var tls: TLS?

    var description: String { "\(ConnectionURI.bracketed(host)):\(port)" }
    var customMirror: Mirror { Mirror(self, children: ["place": description]) }

    init() {}

    /// Reads the parameters of a connection and its credentials. A URI takes precedence.
    /// - Throws: Misconfiguration `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`,
    ///   `FILE_NOT_READABLE`, `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`.
    init(_ context: Context, _ connection: ConnectionParams, _ credential: CredentialParams) throws(ApplicationError) {
        let check = ConnectionCheck(context: context, connection: connection)
        (username, password) = (credential.username, credential.password)
        var connection = connection
        var name = connection.protocol ?? "mqtt"
        if let text = connection.uri {
            let uri = try check.parse(text)
            guard let server = uri.servers.first, !server.host.isEmpty else { throw check.missing("host") }
            guard uri.servers.count == 1 else {
                throw .config(
                    code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connection.uri",
                    "The URI of the MQTT broker names \(uri.servers.count) servers; expected one",
                    traceId: context.traceId)
            }
            name = uri.protocol ?? name
            username = uri.username.flatMap { $0.isEmpty ? nil : $0 } ?? username
            password = uri.password.flatMap { $0.isEmpty ? nil : $0 } ?? password
            host = server.host
            connection["port"] = server.port
        } else {
            guard let host = connection.host else { throw check.missing("host") }
            self.host = host
        }
        let isSecure = ["mqtts", "ssl", "tls"].contains(sameAs: name)
        guard isSecure || ["mqtt", "tcp"].contains(sameAs: name) else {
            throw check.wrongProtocol(name, code: "UNSUPPORTED_PROTOCOL", expected: ["mqtt", "mqtts"])
        }
        port = try ConnectionCheck(context: context, connection: connection).port(default: isSecure ? 8883 : 1883)
        if isSecure { tls = try Self.tls(context, credential) }
    }

    // MARK: - Internal

    private static func tls(
        _ context: Context, _ credential: CredentialParams
    ) throws(ApplicationError) -> TLS {
        func file(_ key: String) throws(ApplicationError) -> String? {
            guard let path = credential[key], !path.isEmpty else { return nil }
            guard access(path, R_OK) == 0 else {
                let reason = String(cString: strerror(errno))
                throw .config(
                    code: "FILE_NOT_READABLE", key: "credential.\(key)",
                    "'credential.\(key)' is '\(path)'; expected a file that can be read: \(reason)",
                    traceId: context.traceId
                ).withDetails("path", .string(path))
            }
            return path
        }
        let tls = TLS(
            authorityFile: try file("ssl_ca_file"), certificateFile: try file("ssl_crt_file"),
            keyFile: try file("ssl_key_file"))
        if tls.certificateFile != nil, tls.keyFile == nil { throw missing("ssl_key_file", "ssl_crt_file", context) }
        if tls.certificateFile == nil, tls.keyFile != nil { throw missing("ssl_crt_file", "ssl_key_file", context) }
        return tls
    }

    private static func missing(_ key: String, _ other: String, _ context: Context) -> ApplicationError {
        .config(
            code: "NO_\(key.asciiUppercased)", key: "credential.\(key)",
            "'credential.\(other)' is set and 'credential.\(key)' is not; expected both or none",
            traceId: context.traceId)
    }
}
#endif
