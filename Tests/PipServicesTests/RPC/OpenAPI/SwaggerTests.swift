import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct SwaggerTests {
    final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        init() {}
        var routes: [RestRoute] { RestRoute(.get, "/items/:id") { _, request in try request.parameter("id") } }
    }

    final class Written: RestController {
        let rest = RestHost(baseRoute: "v2")
        static let text = "openapi: '3.0.0' # by hand\ninfo: { title: W, version: '1' }\npaths: {}\n"
        init() { try? rest.registerOpenAPISpec(Self.text) }
        var routes: [RestRoute] { [] }
    }

    private func with(
        _ settings: String, _ body: @Sendable (HTTPEndpoint) async throws -> Void
    ) async throws {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:service:default:default:1.0
            - descriptor: pip-services:swagger-controller:http:default:1.0
            \(settings)
            """
        let factory = Factory("test:service:default:*:1.0") { GreetingService() }
            .register("test:controller:rest:*:1.0") { Items() }
            .register("test:controller:written:*:1.0") { Written() }
        try await withContainer(yaml: yaml, factories: [factory]) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    private func get(_ endpoint: HTTPEndpoint, _ path: String, accept: String? = nil) async -> RestResponse {
        let headers = HeaderFields(accept.map { [("accept", $0)] } ?? [])
        return await endpoint.respond(to: RestRequest(.get, path, headers: headers))
    }

    private func text(_ response: RestResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func documentsAreServedInBothForms() async throws {
        let settings = """
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: v1/hello
              dependencies: { service: test:service:*:*:1.0 }
              swagger:
                enable: true
                route: api
                version: 2.5
                terms_of_service: http://localhost/terms
                contact: { name: C, url: http://localhost/c, email: c@localhost.org }
                license: { name: L, url: http://localhost/l }
            - descriptor: test:controller:rest:default:1.0
              swagger: { enable: true, name: Items }
            - descriptor: test:controller:written:default:1.0
              swagger: { enable: true, auto: false }
            """
        try await with(settings) { endpoint in
            let yaml = await get(endpoint, "/v1/hello/api")
            #expect(yaml.headers.contains { $0 == ("Content-Type", "application/x-yaml") })
            #expect(text(yaml).hasPrefix("openapi: '3.0.2'\ninfo:\n  title: 'CommandableHttpController'\n"))
            let info = try OpenAPIDocument(parsing: text(yaml)).content["info"]
            #expect(info?["version"] == "2.5")
            #expect(info?["contact"] == ["name": "C", "url": "http://localhost/c", "email": "c@localhost.org"])
            #expect(info?["license"] == ["name": "L", "url": "http://localhost/l"])
            #expect(info?["termsOfService"] == "http://localhost/terms")
            let json = text(await get(endpoint, "/v1/hello/api.json"))
            #expect(json.hasPrefix(#"{"openapi":"3.0.3""#))
            #expect(text(await get(endpoint, "/v1/hello/api", accept: "text/html, Application/JSON;q=0.5")) == json)

            let items = try OpenAPIDocument(parsing: text(await get(endpoint, "/v1/swagger"))).content
            #expect(items["info"]?["title"] == "Items")
            #expect(items["paths"]?.map?.keys == ["/v1/items/{id}"])
            #expect(text(await get(endpoint, "/v2/swagger")) == Written.text)
            #expect(text(await get(endpoint, "/v2/swagger.json")).contains(#""title":"W""#))

            let list = text(await get(endpoint, "/swagger", accept: "application/json"))
            for url in ["/v1/hello/api", "/v1/swagger", "/v2/swagger"] { #expect(list.contains(#""url":".\#(url)""#)) }
        }
    }

    @Test(arguments: ["", "  swagger: { enable: true, auto: false }"])
    func nothingIsServedUnlessEnabled(settings: String) async throws {
        try await with("- descriptor: test:controller:rest:default:1.0\n\(settings)") { endpoint in
            #expect(await get(endpoint, "/v1/swagger").status == 404)
            #expect(text(await get(endpoint, "/swagger", accept: "application/json")) == "[]")
        }
    }

    @Test("URLs are relative to the requested path, whatever prefix a proxy strips")
    func urlsAreRelative() async throws {
        let settings = """
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: /v1/hello/
              dependencies: { service: test:service:*:*:1.0 }
              swagger: { enable: true, route: /api }
            - descriptor: test:controller:rest:default:1.0
              swagger: { enable: true }
            """
        try await with(settings) { endpoint in
            for (path, root) in [
                ("/swagger", "."), ("/swagger/", ".."), ("/swagger/index.html", ".."), ("//swagger", ".."),
            ] {
                let list = text(await get(endpoint, path, accept: "application/json"))
                for url in ["/v1/hello/api", "/v1/swagger"] {
                    #expect(list.contains(#""url":"\#(root)\#(url)""#), "\(path)")
                }
                let page = text(await get(endpoint, path))
                #expect(
                    page.contains(#"data-root="\#(root)">[{"name":"v1/hello","url":"\#(root)/v1/hello/api"}"#),
                    "\(path)")
            }
            for (path, root) in [
                ("/v1/hello/api", "../.."), ("/v1/hello/api.json", "../.."), ("/v1/swagger", ".."),
                ("/v1/swagger.json", ".."),
                ("/v1/swagger/", "../.."),
            ] {
                let document = try OpenAPIDocument(parsing: text(await get(endpoint, path))).content
                #expect(document["servers"] == [["url": .string(root)]], "\(path)")
            }
        }
    }

    @Test func thePageRunsOnlyItsOwnScript() async throws {
        try await with("") { endpoint in
            let page = await get(endpoint, "/swagger/index.html")
            let policy = try #require(page.headers.first { $0.name == "Content-Security-Policy" }?.value)
            let nonce = try #require(policy.firstMatch(of: #/script-src 'nonce-([a-z0-9]+)'/#)).1
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            let html = text(page)
            #expect(html.contains("<script nonce=\"\(nonce)\">") && html.contains("<style nonce=\"\(nonce)\">"))
            #expect(!html.contains("innerHTML") && !html.contains("http://") && !html.contains("https://"))
            let again = await get(endpoint, "/swagger/")
            #expect(!text(again).contains(nonce), "a nonce is used once")
        }
    }

    @Test func documentsAreDataInThePage() {
        let evil = "</script><script>alert(1)</script><!--"
        let html = SwaggerPage.html([.init(name: evil, url: "/\(evil)")], root: ".", nonce: "n")
        #expect(!html.contains(evil) && !html.contains("<!--"))
        #expect(html.contains(#"\u003c/script>"#))
    }

    @Test func aBadDocumentIsRefused() {
        let host = RestHost()
        let error = #expect(throws: ApplicationError.self) { try host.registerOpenAPISpec("- x") }
        #expect(error?.code == "BAD_OPENAPI")
        let missing = #expect(throws: ApplicationError.self) { try host.registerOpenAPISpec(fromFile: "/none/x.yml") }
        #expect(missing?.code == "READ_FAILED")
    }
}
