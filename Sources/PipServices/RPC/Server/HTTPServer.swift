/// Listens on a socket for an ``HTTPEndpoint`` and passes requests to its handler.
protocol HTTPServer: Sendable {
    /// Starts listening.
    /// - Returns: the port, which the system chooses for port 0.
    func start() async throws -> Int
    /// Stops accepting connections and waits for the requests in flight.
    func stop() async
}

/// The settings of a server.
struct HTTPServerConfiguration: Sendable {
    var host: String
    var port: Int
    var limits: HTTPServerLimits
    /// Nil to serve without TLS.
    var tls: HTTPServerTLS?
    /// Header fields of every response.
    var headers: HeaderFields
    /// The clock for checking certificate files.
    var clock: any ClockSource
    /// Receives the server's log messages.
    var logger: any Logger
    var handler: @Sendable (RestRequest) async -> RestResponse

    /// Creates the compiled-in server without starting it.
    /// - Throws: Unsupported `NOT_COMPILED_IN` if no server is compiled in.
    func makeServer() throws(ApplicationError) -> any HTTPServer {
        #if PIP_HTTP
        return HummingbirdServer(self)
        #else
        throw .unsupported(
            code: "NOT_COMPILED_IN",
            "The HTTP server is not compiled in: turn on the package trait HTTPServer (compile flag PIP_HTTP)")
        #endif
    }
}
