import PipServices

/// The peer of ``HTTPConnectorContract``: routes under `contract` for an ``HTTPEndpoint``.
public final class HTTPContractController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost(baseRoute: "contract")
    private let clock = ClockSlot()
    /// The keys of the released requests.
    private let released = Locked<Set<String>>([])

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
                return RestResponse(
                    status: Int(status) ?? 500, headers: [("X-Status", status), ("X-Twice", "1"), ("X-Twice", "2")])
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
            .get, "/never/:key", name: "never",
            response: { [clock, released] _, request in
                try await Self.hold(try request.parameter("key"), clock, released)
                return RestResponse()
            })
        RestRoute(
            .get, "/stalls/:key", name: "stalls",
            response: { [clock, released] _, request in
                let key = try request.parameter("key")
                return RestResponse.stream { send in
                    try await send([7])
                    try await Self.hold(key, clock, released)
                }
            })
        RestRoute(
            .post, "/release/:key", name: "release",
            response: { [released] _, request in
                let key = try request.parameter("key")
                released.withLock { _ = $0.insert(key) }
                return RestResponse()
            })
    }

    // MARK: - Internal

    /// Waits until the case releases the request. The limit is far longer than the timeouts of the cases, so that only
    /// these can end the wait. It also ends requests of failed cases, because a server waits for them.
    private static func hold(
        _ key: String, _ clock: any ClockSource, _ released: Locked<Set<String>>
    ) async throws {
        let end = clock.uptime + .seconds(60)
        while clock.uptime < end, !released.current.contains(key) { try await clock.sleep(for: .milliseconds(5)) }
    }
}
