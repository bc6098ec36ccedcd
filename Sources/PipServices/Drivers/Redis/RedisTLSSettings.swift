#if PIP_REDIS
/// The TLS settings of a Redis connection.
struct RedisTLSSettings: Sendable, Hashable {
    /// The trusted certificates; nil for those of the system.
    var caFile: String?
    /// The client's certificate chain and private key.
    var certificateFile: String?
    var keyFile: String?
    /// The expected name in the server's certificate; nil for the host name.
    var serverName: String?

    init() {}

    /// Reads the file paths from the credentials.
    /// - Throws: Misconfiguration `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`, `BAD_SERVER_NAME`.
    init(_ context: Context, _ credential: CredentialParams, serverName: String?) throws(ApplicationError) {
        caFile = credential.config.text("ssl_ca_file")
        certificateFile = credential.config.text("ssl_crt_file")
        keyFile = credential.config.text("ssl_key_file")
        self.serverName = serverName
        for (present, missing, code, name) in [
            (certificateFile, keyFile, "NO_SSL_KEY_FILE", "ssl_key_file"),
            (keyFile, certificateFile, "NO_SSL_CRT_FILE", "ssl_crt_file"),
        ] where present != nil && missing == nil {
            throw .config(
                code: code, key: "credential.\(name)",
                "'credential.\(name)' of the connection to Redis is not set; expected both 'ssl_crt_file' and "
                    + "'ssl_key_file' for a client's certificate, or none", traceId: context.traceId)
        }
        if serverName?.utf8.contains(0) == true {
            throw .config(
                code: "BAD_SERVER_NAME", key: "options.tls_server_name",
                "'options.tls_server_name' contains a zero byte; expected a host's name",
                traceId: context.traceId)
        }
    }

    /// The first setting that requires TLS; nil if there is none.
    static func first(in credential: CredentialParams, serverName: String?) -> (key: String, value: String)? {
        for name in ["ssl_ca_file", "ssl_crt_file", "ssl_key_file"] {
            if let path = credential.config.text(name) { return ("credential.\(name)", path) }
        }
        return serverName.map { ("options.tls_server_name", $0) }
    }
}
#endif
