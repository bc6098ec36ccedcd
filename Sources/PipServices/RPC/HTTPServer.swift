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
    var maxBodySize: Int
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
