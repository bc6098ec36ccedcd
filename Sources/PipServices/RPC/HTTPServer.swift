/// What an ``HTTPEndpoint`` listens with: takes requests from a socket and gives them to a handler.
protocol HTTPServer: Sendable {
    /// Starts to listen. Gives the port, which the system chooses for 0.
    func start() async throws -> Int
    /// Stops to accept connections and waits until the requests in flight are answered.
    func stop() async
}

/// What a server is to do.
struct HTTPServerConfiguration: Sendable {
    var host: String
    var port: Int
    var limits: HTTPServerLimits
    /// Nil serves without TLS.
    var tls: HTTPServerTLS?
    /// Header fields of every response.
    var headers: [(name: String, value: String)]
    /// Where the server's own messages go.
    var logger: any Logger
    var handler: @Sendable (RestRequest) async -> RestResponse
}

extension HTTPServerConfiguration {
    /// Starts the threads of the server beside the start of the rest of the service, which takes about as long.
    static func warmUpServer() {
        #if PIP_HTTP
        HummingbirdServer.warmUp()
        #endif
    }

    /// The server that is compiled in.
    /// - Throws: Unsupported `NOT_COMPILED_IN` when none is.
    func makeServer() throws(ApplicationError) -> any HTTPServer {
        #if PIP_HTTP
        return HummingbirdServer(self)
        #else
        throw .unsupported(
            code: "NOT_COMPILED_IN",
            "Serving HTTP is not compiled in: turn on the package trait HTTPServer (compile flag PIP_HTTP)")
        #endif
    }
}

/// The files of a server's certificate.
struct HTTPServerTLS: Sendable {
    /// PEM, the certificate first, then those between it and the root.
    var certificateFile: String
    var keyFile: String
    /// PEM, of who may vouch for clients; nil asks clients for nothing.
    var authorityFile: String?
    /// True when clients must have a certificate.
    var requiresClient: Bool

    /// - Throws: Misconfiguration `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`, `NO_SSL_CA_FILE`.
    init(_ config: ConfigParams, requiresClient: Bool, _ context: Context) throws(ApplicationError) {
        func file(_ name: String, _ code: String) throws(ApplicationError) -> String {
            if let file = config.text(name) { return file }
            throw .config(
                code: code, "An endpoint that serves HTTPS needs 'credential.\(name)'", traceId: context.traceId)
        }
        keyFile = try file("ssl_key_file", "NO_SSL_KEY_FILE")
        certificateFile = try file("ssl_crt_file", "NO_SSL_CRT_FILE")
        self.requiresClient = requiresClient
        authorityFile =
            requiresClient ? try file("ssl_ca_file", "NO_SSL_CA_FILE") : config.text("ssl_ca_file")
    }
}
