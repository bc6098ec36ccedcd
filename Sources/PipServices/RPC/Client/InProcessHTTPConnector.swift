/// Calls HTTP endpoints of the same process without a network. The fallback if no other connector is compiled in.
///
/// It accepts `local://...` URLs, and `http://` URLs of this machine on which an endpoint of the process listens. The
/// port selects the endpoint; without one, the last in the configuration is used. Any other URL needs a network
/// connector: the error Unsupported `NOT_COMPILED_IN` names the flag and the package.
public final class InProcessHTTPConnector: HTTPConnector, Component {
    // Endpoints respond before they are open, and may depend on components that call through this connector.
    private let endpoints = Dependencies<HTTPEndpoint>("endpoint", ["*:endpoint:http:*:1.0"], isOrdered: false) { _ in
        true
    }
    private let given: [HTTPEndpoint]
    private let clock = ClockSlot()

    /// The URL scheme that never uses a network: `local`.
    public static let localProtocol = "local"

    /// Creates a connector.
    /// - Parameter endpoints: endpoints in addition to the service's own.
    public init(_ endpoints: HTTPEndpoint...) {
        given = endpoints
    }

    /// Passes a request to an endpoint.
    /// - Throws: NoResponse `CANNOT_CONNECT` if there is no endpoint; Unsupported `NOT_COMPILED_IN` for an address
    ///   outside the process; as ``HTTPConnector/send(_:_:)``.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let url = try HTTPURL(context, request)
        try HTTPURL.check(context, request)
        let endpoint = try endpoint(context, request, url)
        let limit = request.maxResponseSize ?? .max
        let exchange: @Sendable () async throws -> HTTPClientResponse = {
            // Buffered, as over a network: a body that fails to read must not reach the peer in part.
            let body = try await request.body.collectDeclared(context)
            let sent = RestRequest(
                request.method, url.target, headers: request.headers, body: RestBody(body))
            return try await Self.response(await endpoint.respond(to: sent), limit)
        }
        let answer: HTTPClientResponse?
        if let timeout = request.timeout {
            // Own task: a caller that stops waiting abandons it. The deadline also covers streamed bodies.
            answer = try await withTimeout(timeout, clock: clock(), exchange)
        } else {
            answer = try await exchange()
        }
        // An endpoint responds even to a cancelled request, with an error that nobody needs.
        try Task.checkCancellation()
        guard let answer else { throw HTTPFailure.error(HTTPFailure.timeout, "no answer in time", context, request) }
        return answer
    }

    /// Describes the driver that network calls need.
    static func driver(libraryVersion: String?) -> Driver {
        Driver(name: "Curl", flag: "PIP_CURL", package: "libcurl4-openssl-dev", libraryVersion: libraryVersion)
    }

    // MARK: - Internal

    private static func response(_ answer: RestResponse, _ limit: Int) async throws -> HTTPClientResponse {
        let answer = try await answer.collected()
        let body = answer.body
        guard body.count <= limit else { throw HTTPFailure.tooLarge(limit) }
        return HTTPClientResponse(status: answer.status, headers: answer.headers, body: HTTPBody(body))
    }

    private func endpoint(_ context: Context, _ request: HTTPClientRequest, _ url: HTTPURL) throws -> HTTPEndpoint {
        let all = endpoints() + given
        if url.scheme == Self.localProtocol {
            let byPort = url.port.flatMap { port in all.last { $0.port == port } }
            if let endpoint = byPort ?? all.last { return endpoint }
            throw HTTPFailure.error(
                HTTPFailure.cannotConnect, "the service has no HTTP endpoint", context, request)
        }
        if url.scheme == "http", url.isOfThisMachine,
            let endpoint = all.last(where: { $0.port == url.port ?? 80 })
        {
            return endpoint
        }
        #if PIP_CURL
        throw ApplicationError.config(
            code: "NO_CONNECTOR",
            "\(HTTPFailure.place(of: request.url)) is not in this process: the service needs the component "
                + "'pip-services:http-connector:curl:default:1.0'", traceId: context.traceId)
        #else
        throw Self.driver(libraryVersion: nil).notCompiledIn("Calling \(HTTPFailure.place(of: request.url))")
            .withTraceId(context.traceId)
        #endif
    }
}
