/// Calls the HTTP endpoints of the same process, without a network: what is there when no other connector is compiled in.
///
/// It takes requests to `local://...`, and those to `http://` addresses of this machine on which an endpoint of the
/// process listens. Of several endpoints the port says which; without one it is the last of the configuration. Anything
/// else needs a connector with sockets: an Unsupported `NOT_COMPILED_IN` names the flag and the package.
public final class InProcessHTTPConnector: HTTPConnector, Component {
    // Endpoints answer before they are open, and may depend on components that call by this connector.
    private let endpoints = Dependencies<HTTPEndpoint>("endpoint", ["*:endpoint:http:*:1.0"], isOrdered: false) { _ in
        true
    }
    private let given: [HTTPEndpoint]
    private let clock = ClockSlot()

    /// The protocol of addresses that never need a network: `local`.
    public static let localProtocol = "local"

    /// Creates a connector.
    /// - Parameter endpoints: those to call beside the service's own.
    public init(_ endpoints: HTTPEndpoint...) {
        given = endpoints
    }

    /// Has a request answered by an endpoint.
    /// - Throws: NoResponse `CANNOT_CONNECT` when there is no endpoint; Unsupported `NOT_COMPILED_IN` for an address out
    ///   of the process; as ``HTTPConnector/send(_:_:)``.
    public func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let url = try HTTPURL(context, request)
        try HTTPURL.check(context, request)
        let endpoint = try endpoint(context, request, url)
        let limit = request.maxResponseSize ?? .max
        let exchange: @Sendable () async throws -> HTTPClientResponse = {
            // In full, as a network would have it: what can't be read must not reach the peer in part.
            let body = try await request.body.collectDeclared(context)
            let sent = RestRequest(
                request.method, url.target, headers: RestHeaders(request.headers), body: RestBody(body))
            return try await Self.response(await endpoint.respond(to: sent), limit)
        }
        let answer: HTTPClientResponse?
        if let timeout = request.timeout {
            // A task of its own, which a caller that no longer waits leaves behind. The bodies, which may be written piece by
            // piece, belong to what has to be there in time.
            answer = try await withTimeout(timeout, clock: clock(), exchange)
        } else {
            answer = try await exchange()
        }
        // An endpoint answers a request that is cancelled too, by an error that nobody asked for.
        try Task.checkCancellation()
        guard let answer else { throw HTTPFailure.error(HTTPFailure.timeout, "no answer in time", context, request) }
        return answer
    }

    /// What the toolkit needs to call by a network.
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
