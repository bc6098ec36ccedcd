import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct RestAuthTests {
    final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.get, "/open", Self.answer).authorized(by: BasicAuthorizer.anybody())
            RestRoute(.get, "/signed", Self.answer).authorized(by: BasicAuthorizer.signed())
            RestRoute(.get, "/users/:user_id", Self.answer).authorized(by: OwnerAuthorizer.owner())
            RestRoute(.post, "/users", Self.answer).authorized(by: OwnerAuthorizer.owner())
            RestRoute(.get, "/any/:owner", Self.answer).authorized(by: OwnerAuthorizer.ownerOrAdmin("owner"))
            RestRoute(.get, "/staff", Self.answer).authorized(by: RoleAuthorizer.userInRoles(["staff", "boss"]))
            RestRoute(.get, "/admin", Self.answer).authorized(by: RoleAuthorizer.admin())
            RestRoute(.get, "/both", Self.answer).authorized(by: RoleAuthorizer.userInRole("staff"))
                .authorized(by: RoleAuthorizer.admin())
        }
        @Sendable static func answer(_ context: Context, _ request: RestRequest) async throws -> AnyValue? {
            context.user ?? "nobody"
        }
    }

    private func request(
        _ method: HTTPMethod, _ target: String, _ authorization: String? = nil, _ body: String = ""
    ) -> RestRequest {
        RestRequest(
            method, target, headers: HeaderFields(authorization.map { [(name: "Authorization", value: $0)] } ?? []),
            body: RestBody(Array(body.utf8)))
    }

    private func with(_ body: @Sendable (HTTPEndpoint) async throws -> Void) async throws {
        let yaml = """
            - descriptor: pip-services:credential-store:memory:default:1.0
              ann: { password: a:b, roles: "staff, boss" }
              bob: { password: bob, id: b7, login: true }
              root: { password: root, roles: admin }
            - descriptor: pip-services:authenticator:basic:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { Items() }]) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    private static func basic(_ text: String) -> String { "Basic " + base64(Array(text.utf8)) }

    @Test(
        arguments: [
            ("GET", "/v1/open", nil, 200, nil), ("GET", "/v1/signed", nil, 401, "NOT_SIGNED"),
            ("GET", "/v1/signed", "ann:a:b", 200, nil), ("GET", "/v1/signed", "ann:x", 401, "BAD_CREDENTIALS"),
            ("GET", "/v1/open", "ann:x", 401, "BAD_CREDENTIALS"),
            ("GET", "/v1/signed", "eve:x", 401, "BAD_CREDENTIALS"),
            ("GET", "/v1/users/b7", "bob:bob", 200, nil), ("GET", "/v1/users/b8", "bob:bob", 403, "FORBIDDEN"),
            // Authorizers see the decoded path, as handlers do.
            ("GET", "/v1/users/%627", "bob:bob", 200, nil), ("GET", "/v1/users/b%37", "bob:bob", 200, nil),
            ("GET", "/v1/users/%62ob", "bob:bob", 403, "FORBIDDEN"),
            ("GET", "/v1/users/%2562%37", "bob:bob", 403, "FORBIDDEN"),
            ("GET", "/v1/any/%627", "ann:a:b", 403, "FORBIDDEN"),
            ("GET", "/v1/users/b7", nil, 401, "NOT_SIGNED"), ("GET", "/v1/users/b7", "root:root", 403, "FORBIDDEN"),
            ("GET", "/v1/any/b7", "root:root", 200, nil), ("GET", "/v1/any/b7", "ann:a:b", 403, "FORBIDDEN"),
            ("POST", "/v1/users?user_id=b7", "bob:bob", 200, nil), ("POST", "/v1/users", "bob:bob", 403, "FORBIDDEN"),
            ("POST", "/v1/users?user_id=b7&user_id=x", "bob:bob", 403, "FORBIDDEN"),
            ("GET", "/v1/staff", "ann:a:b", 200, nil), ("GET", "/v1/staff", "bob:bob", 403, "NOT_IN_ROLE"),
            ("GET", "/v1/admin", "root:root", 200, nil), ("GET", "/v1/admin", nil, 401, "NOT_SIGNED"),
            ("GET", "/v1/both", "root:root", 403, "NOT_IN_ROLE"), ("GET", "/v1/both", "ann:a:b", 403, "NOT_IN_ROLE"),
        ] as [(String, String, String?, Int, String?)])
    func authorizersDecide(
        method: String, target: String, user: String?, status: Int, code: String?
    ) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(
                to: request(HTTPMethod(rawValue: method), target, user.map(Self.basic)))
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(response.status == status, "\(text)")
            #expect(!text.contains("a:b"), "no password")
            #expect(response.headers.contains { $0.name == "WWW-Authenticate" } == (status == 401))
            guard let code else { return }
            let error = try #require(ErrorDescription(try JSONConverter.fromJSON(text)))
            #expect(error.code == code)
            #expect(error.category == "Unauthorized")
        }
    }

    @Test(arguments: [
        (#"{"user_id":"b7"}"#, 200), (#"{"user_id":"b8"}"#, 403), ("{", 403), ("", 403), (#"["b7"]"#, 403),
        (#"{"user_id":"b7","note":{"tags":["a"]}}"#, 200), (#"{"user_id":["b7"]}"#, 403), (#"{"user_id":null}"#, 403),
        (#"{"user_id":"b7","note":{"user_id":"b7"}}"#, 403), (#"{"user_id":"b7","notes":[{"user_id":"b8"}]}"#, 403),
        (#"{"user_id":"b7","filter":"user_id=b8"}"#, 403), (#"{"user_id":"b7","filter":"user_id"}"#, 403),
        (#"{"filter":"user_id=b7"}"#, 200), (#"{"filter":{"user_id":"b7"}}"#, 403),
    ])
    func theBodyMayNameTheOwner(body: String, status: Int) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: request(.post, "/v1/users", Self.basic("bob:bob"), body))
            #expect(response.status == status)
        }
    }

    @Test func aQueryDoesNotOpenABodyOfSomebodyElse() async throws {
        try await with { endpoint in
            let response = await endpoint.respond(
                to: request(.post, "/v1/users?user_id=b7", Self.basic("bob:bob"), #"{"user_id":"b8"}"#))
            #expect(response.status == 403)
        }
    }

    @Test(
        "The owner's id in the query does not admit a body that cannot be evaluated",
        arguments: [
            ("", 200), (#"{"text":"x"}"#, 200), (#"[{"user_id":"b8"}]"#, 403), (#"[]"#, 403), ("null", 403),
            (#""b7""#, 403), (#"{"note":{"user_id":"b8"}}"#, 403), ("user_id=b8", 403), ("{", 403),
        ])
    func theQueryDoesNotOpenABodyThatCannotBeEvaluated(body: String, status: Int) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(
                to: request(.post, "/v1/users?user_id=b7", Self.basic("bob:bob"), body))
            #expect(response.status == status)
        }
    }

    @Test(
        "The owner check covers the filter that the handler reads",
        arguments: [
            ("filter=user_id%3Db7", 200), ("filter=user_id%3Db8", 403), ("user_id=b7&filter=user_id%3Db7", 200),
            ("user_id=b7&filter=user_id%3Db8", 403), ("filter=user_id%3Db7%3Buser_id%3Db8", 403),
            ("user_id=b7&filter=user_id", 403), ("user_id=b7&filter=kind%3Da", 403), ("user_id=b7&filter=", 403),
            ("user_id=b7&user_id=b7", 200), ("filter=user_id%3Db7&filter=user_id%3Db7", 403), ("user_id=", 403),
        ])
    func theOwnerDecidesAboutTheFilter(query: String, status: Int) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: request(.post, "/v1/users?\(query)", Self.basic("bob:bob")))
            #expect(response.status == status)
        }
    }

    @Test("The owner check covers body fields in any case")
    func caseOfFields() async throws {
        try await with { endpoint in
            for (body, status) in [
                (#"{"User_ID":"b8"}"#, 403), (#"{"User_ID":"b7"}"#, 200), (#"{"user_id":"b7","USER_ID":"b8"}"#, 403),
                (#"{"a":{"User_Id":"b7"}}"#, 403),
            ] {
                var request = request(.post, "/v1/users?user_id=b7", Self.basic("bob:bob"))
                request.body = RestBody(Array(body.utf8))
                #expect(await endpoint.respond(to: request).status == status, "\(body)")
            }
        }
    }

    @Test("A field with a look-alike name does not identify the owner", arguments: ["K_id", "\u{212A}_id"])
    func namesAreComparedByCodePoints(name: String) async {
        let body = RestBody(Array("{\"\(name)\":\"ann\"}".utf8))
        for var request in [RestRequest(.post, "/", body: body), RestRequest(.get, "/?\(name)=ann")] {
            request.user = RestUser(id: "ann")
            let isAdmitted: Bool
            do {
                try await OwnerAuthorizer.owner("K_id").authorize(.empty, request)
                isAdmitted = true
            } catch { isAdmitted = false }
            #expect(isAdmitted == name.isSame(as: "K_id"))
        }
    }

    @Test(
        "Canonically equivalent ids are different users",
        arguments: [
            ("\u{E9}", "%C3%A9", 200), ("\u{E9}", "e%CC%81", 403),
            // A Kelvin sign, and the letter K.
            ("\u{212A}en", "%E2%84%AAen", 200), ("\u{212A}en", "Ken", 403), ("Ken", "%E2%84%AAen", 403),
        ])
    func idsAreComparedByCodePoints(user: String, id: String, expected: Int) async throws {
        for isInPath in [false, true] {
            var request = RestRequest(.get, "/?user_id=\(id)")
            if isInPath { request.parameters = ["user_id": request.query["user_id"] ?? ""] }
            request.user = RestUser(id: user)
            let status: Int
            do {
                try await OwnerAuthorizer.owner().authorize(.empty, request)
                status = 200
            } catch { status = (error as? ApplicationError)?.status ?? 0 }
            #expect(status == expected, "in the path: \(isInPath)")
        }
    }

    @Test func theContextKnowsTheUser() async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: request(.get, "/v1/signed", Self.basic("ann:a:b")))
            let user: AnyValue = try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
            #expect(user == ["name": "ann", "id": "ann", "roles": ["staff", "boss"]])
        }
    }

    @Test(arguments: ["Basic", "Basic %%%", "Basic YQ==", "Bearer x", "Digest x", "", " ", "Basic \u{1F600}"])
    func oddCredentialsAre401(_ text: String) async throws {
        try await with { endpoint in
            #expect(await endpoint.respond(to: request(.get, "/v1/open", text)).status == 401)
        }
    }

    private func status(_ endpoint: HTTPEndpoint, _ credentials: String) async -> Int {
        await endpoint.respond(to: request(.get, "/v1/signed", Self.basic(credentials))).status
    }

    private func with(
        stores: String, settings: String = "", _ body: @Sendable (HTTPEndpoint) async throws -> Void
    ) async throws {
        let yaml = """
            \(stores)
            - descriptor: pip-services:authenticator:basic:default:1.0
            \(settings)
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        try await withContainer(yaml: yaml, factories: [Factory("test:controller:rest:*:1.0") { Items() }]) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    @Test("The newest store with the login wins") func theNewestStoreDecides() async throws {
        let stores = """
            - descriptor: pip-services:credential-store:memory:old:1.0
              ann: { password: old, login: true }
              eve: { password: eve, login: true }
            - descriptor: pip-services:credential-store:memory:new:1.0
              ann: { password: new, login: true }
              eve: { password: external }
            """
        try await with(stores: stores) { endpoint in
            #expect(await status(endpoint, "ann:new") == 200)
            #expect(await status(endpoint, "ann:old") == 401)
            #expect(await status(endpoint, "eve:eve") == 200)
            #expect(await status(endpoint, "eve:external") == 401)
        }
    }

    @Test("Credentials for other systems are not logins") func onlyDesignatedCredentialsAreLogins() async throws {
        let stores = """
            - descriptor: pip-services:credential-store:memory:logins:1.0
              ann: { password: ann }
              users.bob: { password: bob }
            - descriptor: pip-services:credential-store:memory:peers:1.0
              peer: { username: service, password: secret }
              off: { password: off, login: false }
            """
        func check(_ settings: String, _ expected: [Int]) async throws {
            try await with(stores: stores, settings: settings) { endpoint in
                var statuses: [Int] = []
                for login in ["ann:ann", "bob:bob", "peer:secret", "off:off"] {
                    statuses.append(await status(endpoint, login))
                }
                #expect(statuses == expected, "\(settings)")
            }
        }
        try await check("", [401, 401, 401, 401])
        try await check("  key_prefix: users.", [401, 200, 401, 401])
        try await check(
            "  dependencies: { credential-store: '*:credential-store:memory:logins:1.0' }", [200, 401, 401, 401])
    }

    @Test("User names with dots and @ are accepted") func namesMayHaveDots() async throws {
        let stores = """
            - descriptor: pip-services:credential-store:memory:default:1.0
              ann@example.com: { password: x, roles: staff }
              ann.b: { password: y, roles: staff }
              ann: { password: z, roles: staff }
            """
        try await with(stores: stores) { endpoint in
            for login in ["ann@example.com:x", "ann.b:y", "ann:z"] {
                #expect(await status(endpoint, login) == 200, "\(login)")
            }
            for login in ["ann@example.com:z", "ann.b:z", "ann@example:x", "ann.:z"] {
                #expect(await status(endpoint, login) == 401, "\(login)")
            }
        }
    }

    @Test("Passwords may start with a combining mark, and are compared by code points")
    func passwordsAreCodePoints() async throws {
        let stores = """
            - descriptor: pip-services:credential-store:memory:default:1.0
              ann: { password: "\\u0301x", login: true }
              bob: { password: "caf\\u00E9", login: true }
            """
        try await with(stores: stores) { endpoint in
            #expect(await status(endpoint, "ann:\u{301}x") == 200)
            #expect(await status(endpoint, "ann:x") == 401)
            #expect(await status(endpoint, "ann\u{301}:x") == 401)
            #expect(await status(endpoint, "bob:caf\u{E9}") == 200)
            #expect(await status(endpoint, "bob:cafe\u{301}") == 401)
        }
    }

    #if PIP_HTTP
    /// Knows nobody.
    private final class NoTokens: RestAuthenticator, Component {
        var scheme: String { "Bearer" }
        func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? { nil }
    }

    @Test(
        "Python's handlers log in after a challenge, even if tokens are accepted too",
        arguments: ["", "- descriptor: test:authenticator:tokens:default:1.0"])
    func pythonSignsIn(tokens: String) async throws {
        let yaml = """
            - descriptor: pip-services:credential-store:memory:default:1.0
              ann: { password: "a:b", roles: staff }
            \(tokens)
            - descriptor: pip-services:authenticator:basic:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        let factory = Factory("test:controller:rest:*:1.0") { Items() }
            .register("test:authenticator:tokens:*:1.0") { NoTokens() }
        let script = """
            import sys, urllib.error, urllib.request
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            passwords.add_password(None, sys.argv[1], "ann", sys.argv[2])
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(passwords))
            try:
                print(opener.open(sys.argv[1], timeout=60).status)
            except urllib.error.HTTPError as error:
                print(error.code)
            """
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let address = "http://127.0.0.1:\(endpoint.port ?? 0)/v1/staff"
            for (password, status) in [("a:b", "200"), ("x", "401")] {
                let printed = try await Program.run("python3", ["-c", script, address, password])
                #expect(printed.trimmed == status)
            }
        }
    }
    #endif

    private func challenges(_ response: RestResponse) -> [String] {
        response.headers.filter { $0.name == "WWW-Authenticate" }.map(\.value)
    }

    @Test("A challenge lists the service's schemes, each in its own field")
    func challengesNameSchemes() async throws {
        let basic = #"Basic realm="service", charset="UTF-8""#
        try await with { endpoint in
            #expect(challenges(await endpoint.respond(to: request(.get, "/v1/signed"))) == [basic])
            #expect(challenges(await endpoint.respond(to: request(.get, "/v1/signed", "Bearer x"))) == [basic])
            #expect(challenges(await endpoint.respond(to: request(.get, "/v1/admin", Self.basic("bob:bob")))) == [])
        }
        final class Tokens: RestAuthenticator, Component {
            var scheme: String { "Bearer" }
            func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? { nil }
        }
        let (endpoint, items) = (HTTPEndpoint(), Items())
        try await assemble(
            endpoint, config: ["options.realm": #"my "realm""#],
            references: [
                "test:authenticator:tokens:default:1.0": Tokens(),
                "pip-services:authenticator:basic:default:1.0": BasicAuthenticator(),
            ])
        try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await items.open(.empty)
        let (realm, ofBasic) = (#"realm="my \"realm\"""#, #"Basic realm="my \"realm\"", charset="UTF-8""#)
        #expect(
            challenges(await endpoint.respond(to: request(.get, "/v1/signed"))) == ["Bearer \(realm)", ofBasic])
        #expect(
            challenges(await endpoint.respond(to: request(.get, "/v1/signed", "bearer x")))
                == [#"Bearer \#(realm), error="invalid_token""#, ofBasic])
        #expect(
            challenges(await endpoint.respond(to: request(.get, "/v1/signed", "Basic x")))
                == ["Bearer \(realm)", ofBasic])
    }

    @Test func aSectionOfAnotherUserIsOutOfReach() async throws {
        try await with { endpoint in
            for name in ["ann.password:a:b", ":a", ".:x"] {
                #expect(await endpoint.respond(to: request(.get, "/v1/open", Self.basic(name))).status == 401)
            }
        }
    }

    @Test func textsAreComparedInFull() {
        for (first, second, isEqual) in [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "", false), ("", "a", false), ("aa", "a", false),
            ("a", "aa", false), ("pässword", "pässword", true),
        ] { #expect(RestAuthentication.isEqual(first, second) == isEqual) }
    }
}

func base64(_ bytes: [UInt8], url: Bool = false) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + (url ? "-_" : "+/"))
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for index in 0..<4 {
            if index <= group.count {
                text.append(alphabet[bits >> (18 - 6 * index) & 63])
            } else if !url {
                text.append("=")
            }
        }
    }
    return text
}
