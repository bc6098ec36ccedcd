import PipServices

/// The peer's side of ``HTTPConnectorContract``: routes under `contract`, to be served by an ``HTTPEndpoint``.
public final class HTTPContractController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost(baseRoute: "contract")
    private let clock = ClockSlot()

    /// Creates the controller.
    public init() {}

    /// The routes that the cases call.
    public var routes: [RestRoute] {
        for method in [HTTPMethod.get, .post, .put, .patch, .delete] {
            RestRoute(method, "/echo/:part", name: "echo") { _, request -> AnyValue? in
                [
                    "method": .string(request.method.rawValue), "part": .string(try request.parameter("part")),
                    "x": request.query["x"].map(AnyValue.string) ?? .null,
                    "header": request.headers["x-test"].map(AnyValue.string) ?? .null,
                ]
            }
        }
        RestRoute(
            .get, "/status/:status", name: "status",
            response: { _, request in
                let status = try request.parameter("status")
                return RestResponse(status: Int(status) ?? 500, headers: [("X-Status", status)])
            })
        RestRoute(
            .get, "/bytes/:count", name: "bytes",
            response: { _, request in
                RestResponse(body: [UInt8](repeating: 7, count: Int(try request.parameter("count")) ?? 0))
            })
        for method in [HTTPMethod.post, .put] {
            RestRoute(
                method, "/mirror", name: "mirror",
                response: { _, request in RestResponse(body: try await request.body.bytes()) })
        }
        RestRoute(
            .get, "/never", name: "never",
            response: { [clock] _, _ in
                // Far longer than a case waits; but a server that does not notice that its client has gone ends too.
                try await clock.sleep(for: .seconds(3))
                return RestResponse()
            })
    }
}
