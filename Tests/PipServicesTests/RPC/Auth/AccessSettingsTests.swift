import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct AccessSettingsTests {
    final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        init() {}
        var routes: [RestRoute] {
            RestRoute(.get, "/items") { _, _ in ["a"] }
            RestRoute(.get, "/boss") { _, _ in ["b"] }.authorized(by: RoleAuthorizer.userInRole("boss"))
        }
    }

    /// Routes that admit everybody.
    final class Open: RestController {
        let rest = RestHost(baseRoute: "open")
        init() {}
        var routes: [RestRoute] {
            RestRoute(.get, "/items") { _, _ in ["a"] }.authorized(by: BasicAuthorizer.anybody())
        }
    }

    private func yaml(_ endpoint: String, _ controllers: String) -> String {
        """
        - descriptor: pip-services:credential-store:memory:default:1.0
          ann: { password: ann, roles: "staff" }
          root: { password: root, roles: "admin" }
        - descriptor: pip-services:authenticator:basic:default:1.0
        - descriptor: test:service:default:default:1.0
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        \(endpoint)
        \(controllers)
        """
    }

    private var factory: Factory {
        Factory("test:service:default:*:1.0") { GreetingService() }
            .register("test:controller:items:*:1.0") { Items() }
            .register("test:controller:open:*:1.0") { Open() }
    }

    private func statuses(
        _ endpoint: HTTPEndpoint, _ method: HTTPMethod, _ path: String
    ) async -> [Int] {
        var statuses: [Int] = []
        for user in [nil, "ann:ann", "root:root"] as [String?] {
            let headers = user.map { [(name: "Authorization", value: "Basic " + base64(Array($0.utf8)))] } ?? []
            let request = RestRequest(method, path, headers: HeaderFields(headers))
            statuses.append(await endpoint.respond(to: request).status)
        }
        return statuses
    }

    private func with(
        endpoint: String = "", _ controllers: String, _ body: @Sendable (HTTPEndpoint) async throws -> Void
    ) async throws {
        try await withContainer(yaml: yaml(endpoint, controllers), factories: [factory]) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    private static let controllers = """
        - descriptor: pip-services:controller:commandable-http:default:1.0
          base_route: v1/hello
          dependencies: { service: test:service:*:*:1.0 }
        - descriptor: pip-services:status-controller:http:default:1.0
        - descriptor: pip-services:heartbeat-controller:http:default:1.0
        - descriptor: pip-services:health-controller:http:default:1.0
        - descriptor: pip-services:swagger-controller:http:default:1.0
        - descriptor: test:controller:items:default:1.0
        """

    @Test("One setting protects all paths of an endpoint except its probes") func anEndpointIsProtected() async throws {
        try await with(endpoint: "  authorize: signed", Self.controllers) { endpoint in
            for (method, path) in [
                (HTTPMethod.post, "/v1/hello/greet"), (.get, "/status"), (.get, "/swagger"), (.get, "/v1/items"),
            ] {
                #expect(await statuses(endpoint, method, path) == [401, 200, 200], "\(path)")
            }
            #expect(await statuses(endpoint, .post, "/v1/hello/nothing") == [401, 404, 404])
            #expect(await statuses(endpoint, .get, "/nothing") == [401, 404, 404])
            #expect(await statuses(endpoint, .put, "/v1/items") == [401, 405, 405])
            #expect(await statuses(endpoint, .options, "/v1/items") == [401, 204, 204])
            let preflight = HeaderFields([("Origin", "http://a.example"), ("Access-Control-Request-Method", "GET")])
            let response = await endpoint.respond(to: RestRequest(.options, "/v1/items", headers: preflight))
            #expect(response.status == 204, "a preflight request")
            for path in ["/heartbeat", "/health/live", "/health/ready"] {
                #expect(await statuses(endpoint, .get, path) == [200, 200, 200], "\(path)")
            }
        }
    }

    @Test("A service is open by default") func openByDefault() async throws {
        try await with(Self.controllers) { endpoint in
            #expect(await statuses(endpoint, .post, "/v1/hello/greet") == [200, 200, 200])
            #expect(await statuses(endpoint, .get, "/status") == [200, 200, 200])
        }
    }

    @Test("The access setting of a controller replaces that of its endpoint") func controllersHaveTheirOwn()
        async throws
    {
        let controllers = """
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: v1/hello
              dependencies: { service: test:service:*:*:1.0 }
              roles: [admin, boss]
            - descriptor: pip-services:status-controller:http:default:1.0
              authorize: any
            - descriptor: pip-services:heartbeat-controller:http:default:1.0
              authorize: signed
            - descriptor: pip-services:health-controller:http:default:1.0
              roles: staff
            - descriptor: test:controller:items:default:1.0
              authorize: signed
            """
        for setting in ["", "  authorize: signed", "  roles: [admin]"] {
            try await with(endpoint: setting, controllers) { endpoint in
                #expect(await statuses(endpoint, .post, "/v1/hello/greet") == [401, 403, 200])
                #expect(await statuses(endpoint, .get, "/status") == [200, 200, 200])
                #expect(await statuses(endpoint, .get, "/heartbeat") == [401, 200, 200])
                #expect(await statuses(endpoint, .get, "/health/live") == [401, 200, 403])
                #expect(await statuses(endpoint, .get, "/v1/items") == [401, 200, 200])
                #expect(await statuses(endpoint, .get, "/v1/boss") == [401, 403, 403], "a route can only add")
            }
        }
    }

    @Test(
        "An empty or contradictory access setting prevents the start",
        arguments: [
            ("  authorize:", "EMPTY_VALUE"), ("  authorize: ''", "EMPTY_VALUE"), ("  roles: []", "EMPTY_VALUE"),
            ("  roles: ''", "EMPTY_VALUE"), ("  roles: ['', ' ']", "EMPTY_VALUE"), ("  roles: ','", "EMPTY_VALUE"),
            ("  authorize: maybe", "BAD_VALUE"), ("  { authorize: any, roles: a }", "BAD_VALUE"),
        ])
    func badSettingsFail(setting: String, code: String) async throws {
        let lines = setting.contains("{") ? "  authorize: any\n  roles: a" : setting
        let heads = ["", "- descriptor: pip-services:status-controller:http:default:1.0\n"]
        for head in heads {
            let error = await #expect(throws: ApplicationError.self) {
                try await with(endpoint: head + lines, "") { _ in }
            }
            #expect(error?.code == code, "\(head)\(lines)")
        }
    }

    private func check(_ endpoint: String, _ controllers: String) async throws -> [ConfigProblem] {
        let container = Container("test", factories: [factory])
        await container.configure(try ContainerConfigReader.readFromYAML(yaml(endpoint, controllers)))
        // The commands are not served in all of these.
        return await container.check().filter { $0.code != "UNUSED" }
    }

    @Test("A check warns if there is an authenticator but nothing requires a user") func checkWarns() async throws {
        let open = "- descriptor: test:controller:open:default:1.0"
        let status = "- descriptor: pip-services:status-controller:http:default:1.0"
        let warned = try await check("", "\(open)\n\(status)")
        #expect(warned.map(\.code) == ["NOTHING_AUTHORIZED"])
        #expect(warned.first?.severity == .warning)
        #expect(warned.first?.component == "pip-services:endpoint:http:default:1.0")
        #expect(try await check("  authorize: any", open).map(\.code) == ["NOTHING_AUTHORIZED"])
        #expect(try await check("  authorize: signed", open).isEmpty)
        #expect(try await check("  roles: [admin]", open).isEmpty)
        #expect(try await check("", "\(open)\n\(status)\n  authorize: signed").isEmpty)
        // A route that requires a role is enough.
        #expect(try await check("", "\(open)\n- descriptor: test:controller:items:default:1.0").isEmpty)
    }

    @Test("The API document describes schemes, 401 and 403") func documentsDescribeAuthorization() async throws {
        let controllers = """
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: v1/hello
              dependencies: { service: test:service:*:*:1.0 }
              swagger: { enable: true }
            - descriptor: test:controller:items:default:1.0
              swagger: { enable: true }
            """
        @Sendable func document(_ endpoint: HTTPEndpoint, _ path: String) async throws -> AnyValueMap {
            let headers = HeaderFields([
                (name: "Authorization", value: "Basic " + base64(Array("root:root".utf8)))
            ])
            let response = await endpoint.respond(to: RestRequest(.get, path, headers: headers))
            return try OpenAPIDocument(parsing: String(decoding: response.body, as: UTF8.self)).content
        }
        try await with(endpoint: "  authorize: signed", controllers) { endpoint in
            let schemes: AnyValue = ["basicAuth": ["type": "http", "scheme": "basic"]]
            let yaml = try await document(endpoint, "/v1/hello/swagger")
            #expect(yaml["components"]?["securitySchemes"] == schemes)
            #expect(yaml["security"] == [["basicAuth": []]])
            let greet = yaml["paths"]?["/v1/hello/greet"]?["post"]?["responses"]?.map
            #expect(greet?.keys == ["200", "401"])
            let json = try await document(endpoint, "/v1/hello/swagger.json")
            #expect(json["components"]?["securitySchemes"] == schemes)
            #expect(json["paths"]?["/v1/hello/greet"]?["post"]?["security"] == [["basicAuth": []]])
            let items = try await document(endpoint, "/v1/swagger.json")["paths"]
            #expect(items?["/v1/items"]?["get"]?["responses"]?.map?.keys == ["200", "204", "401", "default"])
            #expect(items?["/v1/boss"]?["get"]?["responses"]?.map?.keys == ["200", "204", "401", "403", "default"])
        }
        // Without a requirement, only the routes that have one of their own are described so.
        try await with(controllers) { endpoint in
            #expect(try await document(endpoint, "/v1/hello/swagger").keys.contains("components") == false)
            let items = try await document(endpoint, "/v1/swagger.json")["paths"]
            #expect(items?["/v1/items"]?["get"]?.map?.keys.contains("security") == false)
            #expect(items?["/v1/boss"]?["get"]?["security"] == [["basicAuth": []]])
        }
    }

    #if PIP_JWT
    @Test("The API document describes tokens in addition to Basic if both are accepted", arguments: [false, true])
    func documentsDescribeTokens(isBasicToo: Bool) async throws {
        let yaml = """
            - descriptor: pip-services:authenticator:jwt:default:1.0
              credential: { secret: 0123456789abcdef0123456789abcdef }
            \(isBasicToo ? "- descriptor: pip-services:authenticator:basic:default:1.0" : "")
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:items:default:1.0
              swagger: { enable: true }
            """
        let document = try await withContainer(yaml: yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/swagger.json"))
            return try OpenAPIDocument(parsing: String(decoding: response.body, as: UTF8.self)).content
        }
        let schemes = document["components"]?["securitySchemes"]
        #expect(schemes?["bearerAuth"] == ["type": "http", "scheme": "bearer"])
        #expect(schemes?.map?.keys == (isBasicToo ? ["bearerAuth", "basicAuth"] : ["bearerAuth"]))
        let boss = document["paths"]?["/v1/boss"]?["get"]
        #expect(boss?["security"] == (isBasicToo ? [["bearerAuth": []], ["basicAuth": []]] : [["bearerAuth": []]]))
        #expect(boss?["responses"]?.map?.keys == ["200", "204", "401", "403", "default"])
        #expect(document["paths"]?["/v1/items"]?["get"]?.map?.keys.contains("security") == false)
    }
    #endif
}
