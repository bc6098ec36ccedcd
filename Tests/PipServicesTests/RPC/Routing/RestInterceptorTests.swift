import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct RestInterceptorTests {
    private final class Owner: Component {}

    final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.get, "/a/:id") { _, request in [try request.parameter("id")] }
            RestRoute(.get, "/fail") { (_, _) -> String? in throw ApplicationError.conflict(code: "X", "x") }
        }
        var interceptors: [RestInterceptor] {
            [
                RestInterceptor { try await Self.mark("1", $0, $1, $2) },
                RestInterceptor("^/a") { try await Self.mark("2", $0, $1, $2) },
            ]
        }
        static func mark(
            _ name: String, _ context: Context, _ request: RestRequest, _ next: RestInterceptor.Next
        ) async throws -> RestResponse {
            var response = try await next(context, request)
            response.headers.append(("X-Mark", name + (request.parameters["id"] ?? "")))
            return response
        }
    }

    private func endpoint() async throws -> (HTTPEndpoint, Items) {
        let (endpoint, items) = (HTTPEndpoint(), Items())
        try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await items.open(.empty)
        return (endpoint, items)
    }

    private func marks(_ endpoint: HTTPEndpoint, _ path: String) async -> [String] {
        await endpoint.respond(to: RestRequest(.get, path)).headers.filter { $0.name == "X-Mark" }.map(\.value)
    }

    @Test func theLastIsTheInnermost() async throws {
        let (endpoint, items) = try await endpoint()
        #expect(await marks(endpoint, "/v1/a/7") == ["27", "17"])
        #expect(await marks(endpoint, "/v1/fail") == ["1"])
        #expect(await marks(endpoint, "/v1/nothing") == ["1"])
        #expect(await marks(endpoint, "/v10/a") == [])
        for path in ["//v1/a/7", "/v1//a/7", "/v1/a/7/"] {
            #expect(await marks(endpoint, path) == ["27", "17"], "\(path) leads to the same route")
        }
        try await items.close(.empty)
        #expect(await marks(endpoint, "/v1/a/7") == [])
    }

    @Test(
        "An interceptor and the handler see the same path",
        arguments: [
            ("/users/admin", 403), ("/users/%61dmin", 403), ("/%75sers/admin", 403), ("/users//admin/", 403),
            ("/users%2Fadmin", 403), ("/users/%2561dmin", 200), ("/users/ann", 200), ("/users/x%2Fsecret", 403),
            ("/users/a%2Fb", 403),
        ])
    func interceptorsSeeWhatHandlersSee(path: String, status: Int) async throws {
        let (endpoint, owner) = (HTTPEndpoint(), Owner())
        let deny: RestInterceptor.Action = { _, _, _ in
            throw ApplicationError.unauthorized(code: "NO", "no").withStatus(403)
        }
        // Patterns about the slash of a segment hold whether they take it for one or not.
        let patterns = ["^/users/admin", "^/users/x/secret", "^/users/a[^/]+b$"]
        try endpoint.register(patterns.map { RestInterceptor($0, deny) }, for: owner)
        endpoint.register(
            [RestRoute(.get, "/users/:name", response: { .text(try $1.parameter("name")) })], for: owner)
        #expect(await endpoint.respond(to: RestRequest(.get, path)).status == status)
    }

    @Test("The path of a request is decoded only once") func thePathIsDecoded() async throws {
        let (endpoint, owner) = (HTTPEndpoint(), Owner())
        let seen = Locked<[String]>([])
        try endpoint.register(
            [
                RestInterceptor { context, request, next in
                    seen.withLock { $0.append(request.path) }
                    return try await next(context, request)
                }
            ], for: owner)
        endpoint.register(
            [
                RestRoute(
                    .get, "/caf%C3%A9/:name",
                    response: { _, request in
                        seen.withLock { $0.append(request.path) }
                        return .text(try request.parameter("name"))
                    })
            ], for: owner)
        let response = await endpoint.respond(to: RestRequest(.get, "//caf%c3%a9/a%2Fb%20c/"))
        #expect(String(decoding: response.body, as: UTF8.self) == "a/b c")
        #expect(seen.current == ["/caf\u{E9}/a%2Fb c", "/caf\u{E9}/a%2Fb c"])
    }

    @Test("A combining mark after a slash does not bypass an interceptor", arguments: ["%CC%81", "\u{301}"])
    func combiningMarks(mark: String) async throws {
        let (endpoint, items) = try await endpoint()
        #expect(await marks(endpoint, "/v1/a/\(mark)7").map { $0.unicodeScalars.first } == ["2", "1"])
        let interceptor = try HostedInterceptor(
            RestInterceptor { context, request, next in try await next(context, request) }, under: "v1",
            owner: ObjectIdentifier(items))
        #expect(interceptor.matches("/v1/\u{301}a"))
        #expect(!interceptor.matches("/v1\u{301}/a"))
        try await items.close(.empty)
    }

    @Test("An interceptor under a base route with a parameter sees the paths below it")
    func parameterInBaseRoute() async throws {
        let interceptor = try HostedInterceptor(
            RestInterceptor("^/data") { context, request, next in try await next(context, request) },
            under: "v1/tenants/:id", owner: ObjectIdentifier(Owner()))
        for path in ["/v1/tenants/5/data", "/v1/tenants/a%2Fb/data/x", "/v1/tenants/:id/data"] {
            #expect(interceptor.matches(path), "\(path)")
        }
        for path in ["/v1/tenants/5", "/v1/tenants", "/v1/tenants/5/6/data", "/v1/others/5/data", "/v1/tenants//data"] {
            #expect(!interceptor.matches(path), "\(path)")
        }
    }

    @Test func itMayAnswerAndRefuse() async throws {
        let (endpoint, owner) = (HTTPEndpoint(), Owner())
        try endpoint.register(
            [
                RestInterceptor("^/static/") { _, request, _ in .text(request.path) },
                RestInterceptor("^/no") { _, _, _ in throw ApplicationError.badRequest(code: "NO", "no") },
            ], for: owner)
        #expect(await endpoint.respond(to: RestRequest(.get, "/static/x")).body == Array("/static/x".utf8))
        #expect(await endpoint.respond(to: RestRequest(.get, "/no")).status == 400)
        #expect(await endpoint.respond(to: RestRequest(.get, "/else")).status == 404)
        endpoint.unregister(owner)
        #expect(await endpoint.respond(to: RestRequest(.get, "/static/x")).status == 404)
    }

    @Test func aBadPatternIsRefused() {
        let error = #expect(throws: ApplicationError.self) {
            try HTTPEndpoint().register([RestInterceptor("(") { try await $2($0, $1) }], for: Owner())
        }
        #expect(error?.code == "BAD_PATTERN")
    }
}
