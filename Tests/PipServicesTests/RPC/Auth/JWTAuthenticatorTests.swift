#if PIP_JWT
import CryptoExtras
import FoundationEssentials
import JWTKit
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct JWTAuthenticatorTests {
    private static let secret = "0123456789abcdef0123456789abcdef"

    private struct Claims: JWTPayload {
        var sub: String? = "ann"
        var exp: Int? = 1_704_067_200 + 60
        var nbf: Int?
        var iss: String?
        var aud: [String]?
        var roles: [String]?
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// Keys that a test changes.
    private final class Source: JWTKeySource, Component {
        let text = Locked("")
        let count = Locked(0)
        let fails = Locked(false)
        func keys(_ context: Context) async throws -> String {
            count.withLock { $0 += 1 }
            if fails.current { throw ApplicationError.connection(code: "DOWN", "down") }
            return text.current
        }
    }

    private func make(
        _ config: ConfigParams = ["credential.secret": Self.secret], _ clock: VirtualClock = VirtualClock(),
        _ source: Source = Source()
    ) async throws -> JWTAuthenticator {
        let authenticator = try JWTAuthenticator.create()
        return config.contains("credential.secret")
            ? try await assemble(
                authenticator, config: config, references: ["test:clock:virtual:default:1.0": clock])
            : try await assemble(
                authenticator, config: config,
                references: ["test:clock:virtual:default:1.0": clock, "test:key-source:a:default:1.0": source])
    }

    private func code(_ authenticator: JWTAuthenticator, _ token: String) async -> String? {
        do {
            let user = try await authenticator.authenticate(.empty, token)
            return user?.id
        } catch { return (error as? ApplicationError)?.code ?? "\(error)" }
    }

    private func hmac(_ claims: Claims, secret: String = Self.secret) async throws -> String {
        try await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256).sign(claims)
    }

    @Test func aTokenByHS256SignsIn() async throws {
        let user = try await make().authenticate(.empty, try await hmac(Claims(roles: ["a", "b"])))
        #expect(user?.id == "ann")
        #expect(user?.roles == ["a", "b"])
        #expect(user?.claims["sub"] == "ann")
    }

    @Test("A list is not an id, because its text could be that of another user")
    func idsAreStrings() async throws {
        struct List: JWTPayload {
            var sub = ["ann"]
            var exp = 1_704_067_200 + 60
            func verify(using algorithm: some JWTAlgorithm) {}
        }
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
        #expect(await code(try await make(), try await keys.sign(List())) == "BAD_TOKEN")
    }

    @Test("A token has no second encoding with the same signature", arguments: ["=", "==", " ", "+"])
    func oneForm(added: String) async throws {
        let (authenticator, token) = (try await make(), try await hmac(Claims()))
        #expect(await code(authenticator, token) == "ann")
        #expect(await code(authenticator, token + added) == "BAD_TOKEN")
    }

    @Test func timesGoByTheClock() async throws {
        let clock = VirtualClock()
        let authenticator = try await make(
            ["credential.secret": Self.secret, "options.leeway": "10000"], clock)
        let token = try await hmac(Claims())
        let early = try await hmac(Claims(exp: 1_704_069_999, nbf: 1_704_067_200 + 100))
        #expect(await code(authenticator, token) == "ann")
        #expect(await code(authenticator, early) == "TOKEN_EXPIRED")
        clock.advance(by: .seconds(69))
        #expect(await code(authenticator, token) == "ann")
        clock.advance(by: .seconds(1))
        #expect(await code(authenticator, token) == "TOKEN_EXPIRED")
        clock.advance(by: .seconds(30))
        #expect(await code(authenticator, early) == "ann")
    }

    @Test func aTokenMustBeForThisService() async throws {
        let authenticator = try await make([
            "credential.secret": Self.secret, "issuer": "login", "audience": "things",
        ])
        #expect(await code(authenticator, try await hmac(Claims(iss: "login", aud: ["x", "things"]))) == "ann")
        for claims in [
            Claims(iss: "login"), Claims(iss: "login", aud: ["thing"]), Claims(sub: nil, iss: "login", aud: ["things"]),
            Claims(sub: "", iss: "login", aud: ["things"]), Claims(exp: nil, iss: "login", aud: ["things"]),
        ] { #expect(await code(authenticator, try await hmac(claims)) == "BAD_TOKEN") }
        // Whoever decides about the issuer decides.
        for claims in [Claims(), Claims(aud: ["things"]), Claims(iss: "other", aud: ["things"])] {
            #expect(await code(authenticator, try await hmac(claims)) == nil)
        }
    }

    @Test("The error of a refused token has the reason as its cause, without the token") func refusalsHaveReasons()
        async throws
    {
        let authenticator = try await make([
            "credential.secret": Self.secret, "issuer": "login", "audience": "things",
        ])
        let good = Claims(iss: "login", aud: ["things"])
        var (noTime, noUser, over) = (good, good, good)
        (noTime.exp, noUser.sub, over.exp) = (nil, nil, 1)
        let tokens = [
            (try await hmac(Claims(iss: "login", aud: ["shopp"])), "the claim aud is [shopp], expected 'things'"),
            (try await hmac(Claims(iss: "login")), "the claim aud is missing, expected 'things'"),
            (try await hmac(noTime), "the claim exp is missing"), (try await hmac(noUser), "the claim sub is missing"),
            (try await hmac(over), "the claim exp is 1.0"),
            (try await hmac(good, secret: "another secret of 32 bytes or more"), "the signature is wrong"),
            ("e30.e30.x", "it is not a token"),
            (
                base64(Array(#"{"alg":"RS256"}"#.utf8), url: true) + "."
                    + base64(Array(#"{"iss":"login"}"#.utf8), url: true) + ".x",
                "there is no key for the algorithm 'RS256'"
            ),
        ]
        for (token, reason) in tokens {
            let error = await #expect(throws: ApplicationError.self) {
                try await authenticator.authenticate(.empty, token)
            }
            #expect(error?.cause?.contains(reason) == true, "\(error?.cause ?? "nil") is not \(reason)")
            #expect(error.map { "\($0)".contains(token) || "\($0)".contains(Self.secret) } == false)
            let body = String(decoding: RestResponse.error(try #require(error)).body, as: UTF8.self)
            #expect(!body.contains(reason))
        }
        let foreign = try await hmac(Claims(iss: "other"))
        let request = RestRequest(
            .get, "/", headers: HeaderFields([(name: "Authorization", value: "Bearer \(foreign)")]))
        let error = await #expect(throws: ApplicationError.self) {
            try await RestAuthentication.user(.empty, request, [authenticator])
        }
        #expect(error?.cause == "the claim iss is 'other', expected 'login'")
    }

    @Test("Each authenticator decides only about tokens of its issuer") func issuersAreIndependent() async throws {
        let other = "another secret of 32 bytes or more"
        let yaml = """
            - descriptor: pip-services:authenticator:jwt:first:1.0
              issuer: first
              credential: { secret: "\(Self.secret)" }
            - descriptor: pip-services:authenticator:jwt:second:1.0
              issuer: second
              credential: { secret: "\(other)" }
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        let factory = Factory("test:controller:rest:*:1.0") { RestAuthTests.Items() }
        let tokens = [
            (try await hmac(Claims(iss: "first")), 200), (try await hmac(Claims(iss: "second"), secret: other), 200),
            (try await hmac(Claims(iss: "first"), secret: other), 401), (try await hmac(Claims(iss: "second")), 401),
            (try await hmac(Claims(iss: "third")), 401), (try await hmac(Claims()), 401),
        ]
        try await withContainer(yaml: yaml, factories: [factory], clock: VirtualClock()) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            for (index, (token, status)) in tokens.enumerated() {
                let headers = HeaderFields([(name: "Authorization", value: "Bearer \(token)")])
                let request = RestRequest(.get, "/v1/signed", headers: headers)
                #expect(await endpoint.respond(to: request).status == status, "token \(index)")
            }
        }
    }

    @Test(
        "Roles are found in nested claims",
        arguments: [
            ("realm_access.roles", ["a", "b"]), ("https://x.org/roles", ["c"]), ("realm_access.none", []),
            ("sub.roles", []), ("realm_access", []),
        ] as [(String, [String])])
    func rolesMayBeNested(path: String, roles: [String]) async throws {
        struct Nested: JWTPayload {
            var sub = "ann"
            var exp = 1_804_067_200
            var realmAccess = ["roles": ["a", "b"]]
            var external = ["c"]
            enum CodingKeys: String, CodingKey {
                case sub, exp
                case realmAccess = "realm_access"
                case external = "https://x.org/roles"
            }
            func verify(using algorithm: some JWTAlgorithm) {}
        }
        let authenticator = try await make(["credential.secret": Self.secret, "roles_claim": path])
        let token = try await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256)
            .sign(Nested())
        #expect(try await authenticator.authenticate(.empty, token)?.roles == roles)
    }

    @Test("EdDSA tokens are accepted") func edDSA() async throws {
        // The key pair of RFC 8037, appendix A.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        let key = try EdDSA.PrivateKey(d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", curve: .ed25519)
        let source = Source()
        source.text.withLock { $0 = set("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"e\",\"x\":\"\(x)\"}") }
        let authenticator = try await make([:], VirtualClock(), source)
        let kid: JWKIdentifier = "e"
        func token(_ key: EdDSA.PrivateKey) async throws -> String {
            try await JWTKeyCollection().add(eddsa: key, kid: kid).sign(Claims(), kid: kid)
        }
        #expect(await code(authenticator, try await token(key)) == "ann")
        #expect(await code(authenticator, try await token(EdDSA.PrivateKey())) == "BAD_TOKEN")
    }

    @Test("A key without an id verifies a token with one if it is the only candidate") func keyWithoutId()
        async throws
    {
        // The key pair of RFC 8037, appendix A.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        let key = try EdDSA.PrivateKey(d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", curve: .ed25519)
        let own = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(x)\"}"
        let named = own.replacingOccurrences(of: "{", with: "{\"kid\":\"other\",")
        let kid: JWKIdentifier = "e"
        func token(_ key: EdDSA.PrivateKey) async throws -> String {
            try await JWTKeyCollection().add(eddsa: key, kid: kid).sign(Claims(), kid: kid)
        }
        for (keys, expected) in [
            ([own], "ann"), ([named, own], "ann"), ([own, own], "BAD_TOKEN"), ([named], "BAD_TOKEN"),
        ] {
            let source = Source()
            source.text.withLock { $0 = "{\"keys\":[\(keys.joined(separator: ","))]}" }
            let authenticator = try await make([:], VirtualClock(), source)
            #expect(await code(authenticator, try await token(key)) == expected, "\(keys.count) keys")
            #expect(await code(authenticator, try await token(EdDSA.PrivateKey())) == "BAD_TOKEN")
        }
    }

    @Test("ES384 tokens are accepted") func es384() async throws {
        let key = ES384PrivateKey()
        let parameters = try #require(key.parameters)
        func url(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let source = Source()
        let (x, y) = (url(parameters.x), url(parameters.y))
        source.text.withLock {
            $0 = set("{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"e\",\"x\":\"\(x)\",\"y\":\"\(y)\"}")
        }
        let authenticator = try await make([:], VirtualClock(), source)
        let kid: JWKIdentifier = "e"
        func token(_ key: ES384PrivateKey) async throws -> String {
            try await JWTKeyCollection().add(ecdsa: key, kid: kid).sign(Claims(), kid: kid)
        }
        #expect(await code(authenticator, try await token(key)) == "ann")
        #expect(await code(authenticator, try await token(ES384PrivateKey())) == "BAD_TOKEN")
    }

    @Test(
        "PS256 tokens are accepted with keys that are not restricted to another algorithm",
        arguments: [
            ("", "ann"), (",\"alg\":\"PS256\"", "ann"), (",\"alg\":\"RS256\"", "BAD_TOKEN"),
        ])
    func ps256(algorithm: String, expected: String) async throws {
        let key = try Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        let (n, e) = (base64([UInt8](modulus), url: true), base64([UInt8](exponent), url: true))
        let source = Source()
        source.text.withLock {
            $0 = set("{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"\(n)\",\"e\":\"\(e)\"\(algorithm)}")
        }
        let authenticator = try await make([:], VirtualClock(), source)
        let kid: JWKIdentifier = "r"
        let token = try await JWTKeyCollection().add(pss: key, digestAlgorithm: .sha256, kid: kid).sign(
            Claims(), kid: kid)
        #expect(await code(authenticator, token) == expected)
    }

    @Test(
        "An empty or too short access setting prevents the start",
        arguments: [
            ("issuer:", "EMPTY_VALUE"), ("audience: ''", "EMPTY_VALUE"), ("jwks_url:", "EMPTY_VALUE"),
            ("jwks_file: ''", "EMPTY_VALUE"), ("credential: { secret: '' }", "EMPTY_VALUE"),
            ("credential: { access_key: '' }", "EMPTY_VALUE"), ("credential: { secret: short }", "BAD_VALUE"),
        ])
    func emptySettingsFail(setting: String, expected: String) async throws {
        let yaml = """
            - descriptor: pip-services:authenticator:jwt:default:1.0
              \(setting)
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            """
        let error = await #expect(throws: ApplicationError.self) { try await withContainer(yaml: yaml) { _ in } }
        #expect(error?.code == expected)
        #expect(error?.message.contains("short") == false, "a secret is not shown")
    }

    @Test("A token authenticator and an endpoint do not depend on each other in a cycle") func noCycle() async throws {
        let container = Container("test", factories: [])
        await container.configure(
            try ContainerConfigReader.readFromYAML(
                """
                - descriptor: pip-services:authenticator:jwt:default:1.0
                  jwks_url: http://localhost/keys
                - descriptor: pip-services:endpoint:http:default:1.0
                  authorize: signed
                """))
        #expect(await container.check().map(\.code) == [])
    }

    @Test func forgedTokensAreRefused() async throws {
        let authenticator = try await make()
        let token = try await hmac(Claims())
        let parts = token.split(separator: ".").map(String.init)
        func part(_ text: String) -> String { base64(Array(text.utf8), url: true) }
        let admin = part(#"{"sub":"root","exp":1804067200}"#)
        for forged in [
            "", ".", "..", "a.b.c", token + "x", token + ".x", "\(parts[0]).\(parts[1]).",
            "\(parts[0]).\(admin).\(parts[2])",
            part(#"{"alg":"none"}"#) + ".\(admin).", part(#"{"alg":"None","typ":"JWT"}"#) + ".\(admin).\(parts[2])",
            part(#"{"alg":"HS512"}"#) + ".\(admin).\(parts[2])",
            part(#"{"alg":"HS256","crit":["x"]}"#) + ".\(parts[1]).\(parts[2])",
            part("[]") + ".\(admin).", String(repeating: "x", count: 1_000_000),
            try await hmac(Claims(), secret: "another secret of 32 bytes or more"),
        ] { #expect(await code(authenticator, forged) == "BAD_TOKEN", "\(forged.prefix(100))") }
    }

    @Test func randomTextsAreRefused() async throws {
        let authenticator = try await make()
        let token = Array(try await hmac(Claims()).utf8)
        let random = SeededRandom(seed: 6)
        for _ in 0..<500 {
            var bytes = token
            for _ in 0...Int(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(33 + random.next() % 94)
            }
            // The last character of Base64 has bits that do not count.
            guard bytes.dropLast() != token.dropLast() else { continue }
            #expect(await code(authenticator, String(decoding: bytes, as: UTF8.self)) == "BAD_TOKEN", "seed 6")
        }
    }

    private func set(_ keys: String...) -> String { "{\"keys\":[\(keys.joined(separator: ","))]}" }

    private func ecKey(_ id: String) throws -> (jwk: String, sign: @Sendable (Claims) async throws -> String) {
        let key = ES256PrivateKey()
        let parameters = try #require(key.parameters)
        func url(_ text: String) -> String {
            text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        return (
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"\(id)\",\"x\":\"\(url(parameters.x))\",\"y\":\"\(url(parameters.y))\"}",
            { claims in
                let kid = JWKIdentifier(string: id)
                return try await JWTKeyCollection().add(ecdsa: key, kid: kid).sign(claims, kid: kid)
            }
        )
    }

    @Test func keysRotate() async throws {
        let (first, second) = (try ecKey("1"), try ecKey("2"))
        let (clock, source) = (VirtualClock(), Source())
        source.text.withLock { $0 = set(first.jwk, #"{"kty":"oct","k":"abc","kid":"3"}"#, #"{"kty":"new"}"#) }
        let authenticator = try await make(["options.retry_interval": "10000"], clock, source)
        #expect(await code(authenticator, try await first.sign(Claims())) == "ann")
        #expect(await code(authenticator, try await second.sign(Claims())) == "BAD_TOKEN")
        source.text.withLock { $0 = set(second.jwk) }
        // Not at once: tokens with made-up keys must not make the service ask all the time.
        #expect(await code(authenticator, try await second.sign(Claims())) == "BAD_TOKEN")
        #expect(source.count.current == 1)
        clock.advance(by: .seconds(11))
        #expect(await code(authenticator, try await second.sign(Claims())) == "ann")
        #expect(source.count.current == 2)
        #expect(await code(authenticator, try await first.sign(Claims())) == "BAD_TOKEN")
        // While the keys can't be had, those that are known stay.
        source.fails.withLock { $0 = true }
        clock.advance(by: .seconds(600))
        #expect(await code(authenticator, try await second.sign(Claims(exp: 1_804_067_200))) == "ann")
    }

    /// Serves keys at an address.
    private final class Keys: RestController {
        let rest = RestHost()
        let text = Locked("")
        let status = Locked(200)
        let count = Locked(0)
        var routes: [RestRoute] {
            RestRoute(
                .get, "/keys",
                response: { [text, status, count] _, _ in
                    count.withLock { $0 += 1 }
                    return RestResponse(status: status.current, body: Array(text.current.utf8))
                })
        }
    }

    @Test func keysComeFromAnAddress() async throws {
        let (first, second) = (try ecKey("1"), try ecKey("2"))
        let (clock, endpoint, keys) = (VirtualClock(), HTTPEndpoint(), Keys())
        let references: References = References([
            ("pip-services:endpoint:http:default:1.0", endpoint), ("test:clock:virtual:default:1.0", clock),
        ])
        try await assemble(endpoint, references: references)
        try await assemble(keys, references: references)
        try await keys.open(.empty)
        keys.text.withLock { $0 = set(first.jwk) }
        let authenticator = try await assemble(
            try JWTAuthenticator.create(),
            config: ["jwks_url": "local://login/keys?x=y", "options.retry_interval": "10000"], references: references)
        let late = Claims(exp: 1_804_067_200)
        keys.status.withLock { $0 = 500 }
        #expect(await code(authenticator, try await first.sign(late)) == "BAD_RESPONSE", "there are no keys yet")
        keys.status.withLock { $0 = 200 }
        clock.advance(by: .seconds(10))
        #expect(await code(authenticator, try await first.sign(late)) == "ann")
        #expect(await code(authenticator, try await first.sign(late)) == "ann")
        #expect(keys.count.current == 2, "known keys are not asked for")
        keys.text.withLock { $0 = set(second.jwk) }
        clock.advance(by: .seconds(10))
        #expect(await code(authenticator, try await second.sign(late)) == "ann", "a new key is found when it is named")
        // While the address fails, the known keys stay, and it is asked again sooner than usual.
        keys.status.withLock { $0 = 503 }
        clock.advance(by: .seconds(301))
        #expect(await code(authenticator, try await second.sign(late)) == "ann")
        #expect(keys.count.current == 4)
        #expect(await code(authenticator, try await second.sign(late)) == "ann")
        #expect(keys.count.current == 4)
        clock.advance(by: .seconds(11))
        #expect(await code(authenticator, try await second.sign(late)) == "ann")
        #expect(keys.count.current == 5)
        // When it answers again, it is asked as seldom as before: exactly when the time is over.
        keys.status.withLock { $0 = 200 }
        for (seconds, count) in [(10, 6), (299, 6), (1, 7)] {
            clock.advance(by: .seconds(seconds))
            #expect(await code(authenticator, try await second.sign(late)) == "ann")
            #expect(keys.count.current == count)
        }
    }

    @Test func manyRequestsReadTheKeysOnce() async throws {
        let key = try ecKey("1")
        let (clock, source) = (VirtualClock(), Source())
        source.text.withLock { $0 = set(key.jwk) }
        let authenticator = try await make([:], clock, source)
        let token = try await key.sign(Claims(exp: 1_804_067_200))
        #expect(await code(authenticator, token) == "ann")
        clock.advance(by: .seconds(301))
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { await code(authenticator, token) } }
            for await user in group { #expect(user == "ann") }
        }
        #expect(source.count.current == 2)
    }

    @Test func aTokenCostsNoReadingWhileKeysCannotBeRead() async throws {
        let key = try ecKey("1")
        let (clock, source) = (VirtualClock(), Source())
        source.fails.withLock { $0 = true }
        let authenticator = try await make([:], clock, source)
        let token = try await key.sign(Claims())
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { await code(authenticator, token) } }
            for await told in group { #expect(told == "DOWN") }
        }
        #expect(await code(authenticator, token) == "DOWN")
        #expect(source.count.current == 1)
        clock.advance(by: .seconds(11))
        source.fails.withLock { $0 = false }
        source.text.withLock { $0 = set(key.jwk) }
        #expect(await code(authenticator, token) == "ann")
        #expect(source.count.current == 2)
    }

    @Test func keysComeFromAFile() async throws {
        let (first, second) = (try ecKey("1"), try ecKey("2"))
        let clock = VirtualClock()
        try await Program.withFolder { folder in
            let file = URL(fileURLWithPath: folder + "/keys.json")
            try Data(set(first.jwk).utf8).write(to: file)
            let authenticator = try await assemble(
                try JWTAuthenticator.create(),
                config: ["jwks_file": "\(folder)/keys.json", "options.retry_interval": "10000"],
                references: ["test:clock:virtual:default:1.0": clock])
            #expect(await code(authenticator, try await first.sign(Claims())) == "ann")
            #expect(await code(authenticator, try await second.sign(Claims())) == "BAD_TOKEN")
            // It is written anew, and read when a token names a key that is not known.
            try Data(set(second.jwk).utf8).write(to: file)
            clock.advance(by: .seconds(11))
            #expect(await code(authenticator, try await second.sign(Claims())) == "ann")
            #expect(await code(authenticator, try await first.sign(Claims())) == "BAD_TOKEN")
        }
    }

    @Test func aFileOfKeysIsReadNowAndThen() async throws {
        let (first, second) = (try ecKey("1"), try ecKey("2"))
        let clock = VirtualClock()
        let late = Claims(exp: 1_804_067_200)
        try await Program.withFolder { folder in
            let file = URL(fileURLWithPath: folder + "/keys.json")
            try Data(set(first.jwk, second.jwk).utf8).write(to: file)
            let authenticator = try await assemble(
                try JWTAuthenticator.create(), config: ["jwks_file": "\(folder)/keys.json"],
                references: ["test:clock:virtual:default:1.0": clock])
            #expect(await code(authenticator, try await first.sign(late)) == "ann")
            // One is taken out: no token tells, only time.
            try Data(set(second.jwk).utf8).write(to: file)
            #expect(await code(authenticator, try await first.sign(late)) == "ann")
            clock.advance(by: .seconds(301))
            #expect(await code(authenticator, try await first.sign(late)) == "BAD_TOKEN")
            #expect(await code(authenticator, try await second.sign(late)) == "ann")
        }
    }

    /// Tokens before authorizers, as a service has both.
    @Test func authorizersGoByTheClaims() async throws {
        let yaml = """
            - descriptor: pip-services:authenticator:jwt:default:1.0
              credential: { secret: "\(Self.secret)" }
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        let factory = Factory("test:controller:rest:*:1.0") { RestAuthTests.Items() }
        let clock = VirtualClock()
        let staff = try await hmac(Claims(roles: ["staff"]))
        let nobody = try await hmac(Claims())
        let forged = try await hmac(Claims(roles: ["staff", "admin"]), secret: "another secret of 32 bytes or more")
        try await withContainer(yaml: yaml, factories: [factory], clock: clock) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            func ask(_ path: String, _ token: String?) async throws -> (status: Int, body: AnyValue) {
                let headers = HeaderFields(token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? [])
                let response = await endpoint.respond(to: RestRequest(.get, path, headers: headers))
                return (response.status, try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self)))
            }
            for (path, token, status, code) in [
                ("/v1/staff", staff, 200, nil), ("/v1/signed", nobody, 200, nil), ("/v1/users/ann", nobody, 200, nil),
                ("/v1/staff", nil, 401, "NOT_SIGNED"), ("/v1/staff", forged, 401, "BAD_TOKEN"),
                ("/v1/open", forged, 401, "BAD_TOKEN"), ("/v1/staff", nobody, 403, "NOT_IN_ROLE"),
                ("/v1/admin", staff, 403, "NOT_IN_ROLE"), ("/v1/users/bob", staff, 403, "FORBIDDEN"),
            ] as [(String, String?, Int, String?)] {
                let answer = try await ask(path, token)
                #expect(answer.status == status, "\(path): \(answer.body)")
                #expect(answer.body["code"] == code.map(AnyValue.string), "\(path): \(answer.body)")
            }
            let user = try await ask("/v1/staff", staff).body
            #expect(user["id"] == "ann")
            #expect(user["roles"] == ["staff"])
            #expect(user["exp"] == 1_704_067_260)
            // The minute is over, and what the clocks may differ.
            clock.advance(by: .seconds(90))
            let late = try await ask("/v1/staff", staff)
            #expect(late.status == 401)
            #expect(late.body["code"] == "TOKEN_EXPIRED")
        }
    }

    @Test func aTokenByRS256SignsIn() async throws {
        let key = try Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        let source = Source()
        source.text.withLock {
            $0 = set(
                "{\"kty\":\"RSA\",\"kid\":\"r\",\"use\":\"sig\",\"n\":\"\(base64([UInt8](modulus), url: true))\",\"e\":\"\(base64([UInt8](exponent), url: true))\"}"
            )
        }
        let authenticator = try await make([:], VirtualClock(), source)
        let kid: JWKIdentifier = "r"
        let token = try await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256, kid: kid).sign(
            Claims(), kid: kid)
        #expect(await code(authenticator, token) == "ann")
        // The public key as a shared secret.
        let pem = key.publicKey.pemRepresentation
        #expect(await code(authenticator, try await hmac(Claims(), secret: pem)) == "BAD_TOKEN")
    }

    @Test(
        arguments: [
            ([:], "NO_KEYS"), (["jwks_file": "/none/x.json"], "READ_FAILED"),
        ] as [(ConfigParams, String)])
    func badKeysAreTold(config: ConfigParams, expected: String) async throws {
        let authenticator = try await assemble(try JWTAuthenticator.create(), config: config)
        #expect(await code(authenticator, try await hmac(Claims())) == expected)
    }

    @Test("An unreadable or invalid key file is not disclosed to callers", arguments: [nil, "no JSON", "[]"])
    func fileOfKeysStaysInside(content: String?) async throws {
        try await Program.withFolder { folder in
            let path = folder + "/secret-keys.json"
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
            let logger = RecordingLogger()
            let authenticator = try await assemble(try JWTAuthenticator.create(), config: ["jwks_file": path])
            let (endpoint, items) = (HTTPEndpoint(), RestAuthTests.Items())
            try await assemble(
                endpoint,
                references: [
                    "pip-services:authenticator:jwt:default:1.0": authenticator,
                    "test:logger:recording:default:1.0": logger,
                ])
            try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
            try await items.open(.empty)
            let headers = HeaderFields([(name: "Authorization", value: "Bearer \(try await hmac(Claims()))")])
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/staff", headers: headers))
            #expect(response.status == 500)
            let all =
                response.headers.map { "\($0.name): \($0.value)" } + [String(decoding: response.body, as: UTF8.self)]
            for text in all { #expect(!text.contains("secret-keys") && !text.contains(folder), "\(text)") }
            guard content == nil else { return }
            // The log has the path, under the id that the caller got.
            let body: AnyValue = try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
            #expect(body["code"] == "READ_FAILED")
            let id = try #require(body["details"]?["error_id"])
            let line = try #require(logger.messages.first { $0.fields["error_id"] == id })
            #expect(line.error?.contains(path) == true)
        }
    }

    @Test("A subject that only looks like the owner is another user", arguments: [("Ken", 200), ("\u{212A}en", 403)])
    func lookAlikeSubject(subject: String, status: Int) async throws {
        let authenticator = try await make()
        let (endpoint, items) = (HTTPEndpoint(), RestAuthTests.Items())
        try await assemble(endpoint, references: ["pip-services:authenticator:jwt:default:1.0": authenticator])
        try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await items.open(.empty)
        let headers = HeaderFields([
            (name: "Authorization", value: "Bearer \(try await hmac(Claims(sub: subject)))")
        ])
        for target in ["/v1/users/Ken", "/v1/any/Ken"] {
            let response = await endpoint.respond(to: RestRequest(.get, target, headers: headers))
            #expect(response.status == status, "\(target)")
        }
        let own = await endpoint.respond(
            to: RestRequest(.get, status == 200 ? "/v1/users/Ken" : "/v1/users/%E2%84%AAen", headers: headers))
        #expect(own.status == 200)
    }

    @Test(arguments: ["", "[]", "{", #"{"keys":[]}"#, #"{"keys":[1,{"kty":"EC","crv":"P-256"}]}"#])
    func whatIsNoKeySetIsTold(text: String) async throws {
        let source = Source()
        source.text.withLock { $0 = text }
        #expect(await code(try await make([:], VirtualClock(), source), try await hmac(Claims())) == "BAD_KEYS")
    }

    @Test func badKeysAreToldWithTheSettingThatTheyComeFrom() async throws {
        func key(_ config: ConfigParams, _ references: References) async throws -> String? {
            let authenticator = try await assemble(
                try JWTAuthenticator.create(), config: config, references: references)
            let error = await #expect(throws: ApplicationError.self) {
                try await authenticator.authenticate(.empty, try await hmac(Claims()))
            }
            #expect(error?.code == "BAD_KEYS")
            return error?.configKey
        }
        let (endpoint, keys) = (HTTPEndpoint(), Keys())
        let references: References = References([("pip-services:endpoint:http:default:1.0", endpoint)])
        try await assemble(endpoint, references: references)
        try await assemble(keys, references: references)
        try await keys.open(.empty)
        #expect(try await key(["jwks_url": "local://login/keys"], references) == "jwks_url")
        let source: References = References([("test:key-source:default:default:1.0", Source())])
        #expect(try await key([:], source) == "dependencies.key-source")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try Data("[]".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try await key(["jwks_file": path], References()) == "jwks_file")
    }
}
#endif
