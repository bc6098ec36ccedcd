#if PIP_HTTP
import PipServicesTesting
import Testing

@testable import PipServices

/// Routes follow the endpoint that serves them, when endpoints and controllers come and go.
@Suite struct MovingRoutesTests {
    private final class Pings: Component, RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.get, "/ping") { (_, _) -> String? in "pong" }
        }
        var interceptors: [RestInterceptor] {
            [
                RestInterceptor { context, request, next in
                    var response = try await next(context, request)
                    response.headers.append(("X-Mark", "1"))
                    return response
                }
            ]
        }
    }

    private static let yaml = """
        - descriptor: pip-services:endpoint:http:first:1.0
          connection: { host: 127.0.0.1, port: 0 }
        - descriptor: test:controller:rest:default:1.0
        """

    private func with(
        secondIsStrict: Bool = false,
        _ body: @Sendable (Container, _ first: HTTPEndpoint, _ second: HTTPEndpoint) async throws -> Void
    ) async throws {
        let factory = Factory("test:controller:rest:*:1.0") { Pings() }
        try await withContainer(yaml: Self.yaml, factories: [factory]) { container in
            let first = try container.references.getOneRequired("*:endpoint:http:first:1.0", as: HTTPEndpoint.self)
            let second = HTTPEndpoint()
            try await container.put(
                .empty, "pip-services:endpoint:http:second:1.0", second,
                config: [
                    "connection.host": "127.0.0.1", "connection.port": "0",
                    "options.strict_query": secondIsStrict ? "true" : "false",
                ])
            try await body(container, first, second)
        }
    }

    private func status(_ endpoint: HTTPEndpoint) async -> (Int, Int) {
        let response = await endpoint.respond(to: RestRequest(.get, "/v1/ping"))
        return (response.status, response.headers.filter { $0.name == "X-Mark" }.count)
    }

    @Test("Moved routes use options.strict_query of their new endpoint")
    func strictQueryOfTheNewEndpoint() async throws {
        try await with(secondIsStrict: true) { container, first, second in
            func status(_ endpoint: HTTPEndpoint) async -> Int {
                await endpoint.respond(to: RestRequest(.get, "/v1/ping?unknown=1")).status
            }
            #expect(await status(first) == 200)
            try await container.remove(.empty, "*:endpoint:http:first:1.0")
            #expect(await status(second) == 400)
        }
    }

    @Test("Routes stay when another endpoint is added, and move when their own is removed")
    func removedEndpoint() async throws {
        try await with { container, first, second in
            #expect(await status(first) == (200, 1))
            #expect(await status(second) == (404, 0))
            try await container.remove(.empty, "*:endpoint:http:first:1.0")
            #expect(await status(first) == (404, 0))
            #expect(await status(second) == (200, 1))
            try await container.remove(.empty, "test:controller:*:*:*")
            #expect(await status(second) == (404, 0))
        }
    }

    @Test("A controller removed after another endpoint was added no longer responds")
    func removedController() async throws {
        try await with { container, first, second in
            try await container.remove(.empty, "test:controller:*:*:*")
            #expect(await status(first) == (404, 0))
            #expect(await status(second) == (404, 0))
        }
    }
}
#endif
