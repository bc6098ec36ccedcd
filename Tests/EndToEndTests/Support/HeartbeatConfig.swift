import Foundation

/// The configuration of a service that answers `/heartbeat` and nothing else, for tests of the server itself.
enum HeartbeatConfig {
    /// Writes the configuration, and for TLS a key and a certificate of the service's own.
    /// - Parameter options: the options of the endpoint, as they stand in YAML.
    static func write(in folder: TemporaryFolder, isSecure: Bool, options: String = "{}") async throws -> URL {
        var credential = "{}"
        if isSecure {
            let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem"
            let line = "req -x509 \(key) -out cert.pem -days 2 -subj /CN=localhost"
            let made = try await ChildProcess.output(
                of: Built.command("openssl"), line.split(separator: " ").map(String.init), in: folder.url)
            guard made.end == .exit(0) else { throw Failure("openssl makes no certificate: \(made.errors)") }
            credential = "{ ssl_key_file: \(folder.url.path)/key.pem, ssl_crt_file: \(folder.url.path)/cert.pem }"
        }
        return try folder.write(
            "config.yml",
            """
            - descriptor: pip-services:logger:console:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { protocol: \(isSecure ? "https" : "http"), host: 127.0.0.1, port: 0 }
              credential: \(credential)
              options: \(options)
            - descriptor: pip-services:heartbeat-controller:http:default:1.0
            """)
    }
}
