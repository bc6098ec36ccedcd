import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

@Suite struct RestTestClientTests {
    private struct Item: Codable, Hashable, Sendable {
        var name: String
        var count: Int
    }

    private final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.post, "/items", status: 201) { _, _, item in item as Item }
            RestRoute(.get, "/nothing") { _, _ in AnyValue?.none }
            RestRoute(.get, "/user") { context, _ in context.user ?? "nobody" }.authorized(by: BasicAuthorizer.signed())
            RestRoute(.get, "/staff") { context, _ in context.user }.authorized(by: RoleAuthorizer.userInRole("staff"))
            RestRoute(.get, "/agent") { _, request in request.headers["user-agent"].map(AnyValue.string) }
            RestRoute(.get, "/full") { _, _ -> AnyValue? in
                throw ApplicationError.conflict(code: "FULL", "No room", details: ["left": 0, "of": 3])
            }
            RestRoute(
                .get, "/pieces",
                response: { _, _ in
                    .stream { send in
                        try await send(Array("[1,".utf8))
                        try await send(Array("2]".utf8))
                    }
                })
        }
    }

    private func withClient(_ authenticator: String = "", _ body: @Sendable (RestTestClient) async throws -> Void)
        async throws
    {
        let yaml =
            authenticator + """
                - descriptor: pip-services:endpoint:http:default:1.0
                  connection: { host: 127.0.0.1, port: 0 }
                - descriptor: test:controller:rest:default:1.0
                """
        try await withContainer(
            yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { Items() }], clock: VirtualClock()
        ) { container in
            try await body(try RestTestClient(container))
        }
    }

    @Test("Bodies are encoded and responses decoded") func encodesAndDecodes() async throws {
        try await withClient { client in
            let item = Item(name: "a", count: 1)
            #expect(try await client.post("/v1/items", item).decode(Item.self, status: 201) == item)
            let response = try await client.post("/v1/items", ["name": "b", "count": 2])
            #expect(response[header: "content-TYPE"] == "application/json")
            #expect(try response.json == ["name": "b", "count": 2])
            #expect(try await client.get("/v1/pieces").decode([Int].self) == [1, 2])
            #expect(try await client.get("/v1/nothing").expect(status: 204).json == .null)
        }
    }

    @Test("An expected error is returned with its fields") func expectsErrors() async throws {
        try await withClient { client in
            let full = try await client.get("/v1/full").expect(error: "FULL", status: 409, details: ["left": 0])
            #expect(full.message == "No room")
            #expect(full.details["of"] == 3)
            try await client.get("/v1/none").expect(error: "ResourceNotFound", status: 404)
            try await client.post("/v1/items", ["name": 1]).expect(error: "INVALID_DATA", status: 400)
            let malformed = RestRequest(.post, "/v1/items", body: RestBody(Array("{".utf8)))
            try await client.send(malformed).expect(error: "InvalidContent")
        }
    }

    @Test("An unexpected response fails with the request, the expected and the received response")
    func unexpectedResponsesFail() async throws {
        try await withClient { client in
            let full = try await client.get("/v1/full")
            let failures: [(RestTestResponse) throws -> Void] = [
                { try $0.expect(status: 200) }, { _ = try $0.decode(Item.self) },
                { _ = try $0.decode(Item.self, status: 409) }, { try $0.expect(error: "EMPTY") },
                { try $0.expect(error: "FULL", status: 400) }, { try $0.expect(error: "FULL", details: ["left": 1]) },
            ]
            for failure in failures {
                let error = #expect(throws: ApplicationError.self) { try failure(full) }
                #expect(error?.code == "UNEXPECTED_RESPONSE")
                #expect(error?.message.hasPrefix("GET /v1/full: expected ") == true)
                #expect(error?.message.contains("received status 409") == true)
            }
            let nothing = try await client.get("/v1/nothing")
            #expect(throws: ApplicationError.self) { try nothing.expect(error: "FULL") }
        }
    }

    @Test("The client's header fields are sent with every request") func headersAreSent() async throws {
        try await withClient { client in
            let agent = client.with(header: "User-Agent", "test")
            #expect(try await agent.get("/v1/agent").decode(String.self) == "test")
            try await client.get("/v1/agent").expect(status: 204)
        }
    }

    #if PIP_JWT
    @Test("A test token authenticates a user with the service's authenticator") func tokensSignIn() async throws {
        let secret = "0123456789abcdef0123456789abcdef"
        let authenticator = """
            - descriptor: pip-services:authenticator:jwt:default:1.0
              audience: items
              credential: { secret: "\(secret)" }

            """
        try await withClient(authenticator) { client in
            try await client.get("/v1/user").expect(error: "NOT_SIGNED", status: 401)
            let ann = RestUser(id: "ann", roles: ["staff"], claims: ["aud": "items", "team": "a"])
            let signed = try await client.authorized(as: ann, secret: secret)
            let user = try await signed.get("/v1/staff").decode(AnyValue.self)
            #expect(user["id"] == "ann")
            #expect(user["team"] == "a")
            let nobody = RestUser(id: "bob", claims: ["aud": "items"])
            let other = try await signed.authorized(as: nobody, secret: secret)
            try await other.get("/v1/staff").expect(error: "NOT_IN_ROLE", status: 403)
            // Claims replace the usual ones: the clock of the test stands in 2024.
            for claims in [["exp": 1_600_000_000], ["exp": .null], ["aud": "others"]] as [AnyValueMap] {
                let token = try await TestToken.sign(ann, secret: secret, claims: claims)
                try await client.authorized(by: token).get("/v1/user").expect(status: 401)
            }
            let forged = try await TestToken.sign(ann, secret: "another secret of 32 bytes or more")
            try await client.authorized(by: forged).get("/v1/user").expect(error: "BAD_TOKEN", status: 401)
        }
    }
    #else
    @Test("Without the package trait, a test token reports the flag") func tokensNeedTheTrait() async throws {
        let error = await #expect(throws: ApplicationError.self) {
            try await TestToken.sign(RestUser(id: "ann"), secret: "0123456789abcdef0123456789abcdef")
        }
        #expect(error?.code == "NOT_COMPILED_IN")
    }
    #endif

    @Test("Any decoder can decode an endpoint's error") func errorsAreDecodable() throws {
        let sent = ErrorDescription(
            ApplicationError.conflict(code: "FULL", "No room", traceId: "t", details: ["of": 3]))
        let data = try JSONEncoder().encode(sent)
        #expect(try JSONDecoder().decode(ErrorDescription.self, from: data) == sent)
        let old = Data(#"{"code":"OLD","correlation_id":"t","stack":"here"}"#.utf8)
        let restored = try JSONDecoder().decode(ErrorDescription.self, from: old)
        #expect(restored.traceId == "t")
        #expect(restored.stackTrace == "here")
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ErrorDescription.self, from: Data("[1]".utf8))
        }
    }
}
