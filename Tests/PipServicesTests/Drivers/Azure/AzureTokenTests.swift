#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Tokens of Microsoft Entra and of a machine.
@Suite struct AzureTokenTests {
    typealias Fixture = AzureFixture

    private static func source(
        _ connector: ScriptedConnector, _ config: ConfigParams, environment: AnyValueMap = [:],
        clock: any ClockSource = SystemClock()
    ) throws -> AzureTokenSource {
        let identity = try AzureIdentity.find(.empty, AzureConnectionParams(config), AzureEnvironment(environment))
        return AzureTokenSource(
            identity: try #require(identity), resource: "https://vault.azure.net",
            policy: RetryPolicy(retries: 3, delay: .milliseconds(1), maxDelay: .milliseconds(2)), clock: clock,
            random: SystemRandom(), connector: { _ in connector })
    }

    private static let secret: ConfigParams = ["tenant_id": "t", "client_id": "c", "client_secret": "s &="]

    @Test("A token is requested with the secret, from the configured authority") func request() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(200, ["access_token": "abc", "expires_in": 3600, "token_type": "Bearer"])
        }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let config = Self.secret.override(["authority": "https://login.test/"])
        let token = try await Self.source(connector, config, clock: clock).load(.empty)
        #expect(token.text == "abc" && token.expiration == clock.now.addingTimeInterval(3600))
        let sent = try #require(connector.requests.first)
        #expect(sent.url == "https://login.test/t/oauth2/v2.0/token" && sent.method == .post)
        #expect(
            Fixture.body(sent)
                == "client_id=c&scope=https%3A%2F%2Fvault.azure.net%2F.default&grant_type=client_credentials"
                + "&client_secret=s%20%26%3D")
        let other = try await Self.source(connector, Self.secret).load(.empty)
        #expect(other.text == "abc")
        #expect(connector.requests.last?.url == "https://login.microsoftonline.com/t/oauth2/v2.0/token")
    }

    @Test("The identity in the environment is used if the configuration contains none") func environment() async throws
    {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, ["access_token": "abc", "expires_in": 3600]) }
        let variables: AnyValueMap = [
            "AZURE_TENANT_ID": "et", "AZURE_CLIENT_ID": "ec", "AZURE_CLIENT_SECRET": "es",
            "AZURE_AUTHORITY_HOST": "login.test",
        ]
        _ = try await Self.source(connector, [:], environment: variables).load(.empty)
        #expect(connector.requests[0].url == "https://login.test/et/oauth2/v2.0/token")
        #expect(Fixture.body(connector.requests[0]).hasSuffix("client_secret=es"))
        _ = try await Self.source(connector, Self.secret, environment: variables).load(.empty)
        #expect(Fixture.body(connector.requests[1]).hasPrefix("client_id=c&"))
    }

    @Test("A token cached by a managed identity expires at its absolute time, not after its whole lifetime") func kept()
        async throws
    {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(200, ["access_token": "abc", "expires_in": "86400", "expires_on": "1700003600"])
        }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let token = try await Self.source(connector, ["managed_identity": "true"], clock: clock).load(.empty)
        #expect(token.expiration == clock.now.addingTimeInterval(3600))
        let other = try await Self.source(connector, Self.secret, clock: clock).load(.empty)
        #expect(other.expiration == clock.now.addingTimeInterval(86_400))
    }

    @Test("Machines and functions use their own identity endpoints") func managed() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(200, ["access_token": "abc", "expires_on": "1700003600"])
        }
        let managed: ConfigParams = ["managed_identity": "true"]
        let token = try await Self.source(connector, managed).load(.empty)
        #expect(token.expiration == Date(timeIntervalSince1970: 1_700_003_600))
        let function: AnyValueMap = ["IDENTITY_ENDPOINT": "http://f.test/msi/token", "IDENTITY_HEADER": "h"]
        _ = try await Self.source(connector, managed.override(["client_id": "c"]), environment: function).load(.empty)
        let (first, second) = (connector.requests[0], connector.requests[1])
        #expect(
            first.url == "http://169.254.169.254/metadata/identity/oauth2/token"
                + "?resource=https%3A%2F%2Fvault.azure.net&api-version=2018-02-01")
        #expect(first[header: "Metadata"] == "true" && first[header: "X-IDENTITY-HEADER"] == nil)
        #expect(
            second.url == "http://f.test/msi/token"
                + "?resource=https%3A%2F%2Fvault.azure.net&client_id=c&api-version=2019-08-01")
        #expect(second[header: "X-IDENTITY-HEADER"] == "h" && second[header: "Metadata"] == nil)
    }

    @Test(
        "A request for a token is tried again where that may help",
        arguments: [
            (429, "true", 3), (503, "true", 3), (404, "true", 3), (410, "true", 3), (404, "false", 1), (400, "true", 1),
        ])
    func retries(status: Int, isManaged: String, count: Int) async throws {
        let connector = ScriptedConnector { number, _ in
            number < 2 ? Fixture.json(status, [:]) : Fixture.json(200, ["access_token": "abc", "expires_in": "3600"])
        }
        let source = try Self.source(connector, Self.secret.override(["managed_identity": isManaged]))
        _ = try? await source.load(.empty)
        #expect(connector.requests.count == count)
    }

    @Test("A lost connection is retried, and finally reported") func lost() async throws {
        let connector = ScriptedConnector { _, _ in throw ApplicationError.connection(code: "CONNECTION_LOST", "lost") }
        let source = try Self.source(connector, Self.secret)
        #expect(await DriverFixture.code { _ = try await source.load(.empty) } == "CONNECTION_LOST")
        #expect(connector.requests.count == 4)
    }

    @Test("A wrong secret is rejected without a retry, and not shown") func wrongSecret() async throws {
        let connector = ScriptedConnector { _, _ in
            Fixture.json(401, ["error": "invalid_client", "error_description": "AADSTS7000215: Invalid.\r\nTrace: x"])
        }
        let source = try Self.source(connector, Self.secret)
        let error = await Fixture.error { _ = try await source.load(.empty) }
        #expect(error?.code == "ACCESS_DENIED" && error?.azureCode == "invalid_client")
        #expect(error?.message.hasSuffix("invalid_client: AADSTS7000215: Invalid.") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("s &=") == false)
        #expect(connector.requests.count == 1)
    }

    @Test(
        "A response without a token that can be used is an error",
        arguments: ["", "{", "{}", #"{"access_token":""}"#, #"{"access_token":"a\r\nb"}"#])
    func badToken(body: String) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, body) }
        let source = try Self.source(connector, Self.secret)
        #expect(await DriverFixture.code { _ = try await source.load(.empty) } == HTTPFailure.badResponse)
    }

    @Test("A token is renewed before it expires, and shared until then") func renewal() async throws {
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let connector = ScriptedConnector { count, _ in
            Fixture.json(200, ["access_token": .string("t\(count)"), "expires_in": 3600])
        }
        let tokens = try Self.source(connector, Self.secret, clock: clock).tokens(logger: NullLogger())
        #expect(try await tokens.current(.empty).text == "t0")
        clock.advance(by: .seconds(3299))
        #expect(try await tokens.current(.empty).text == "t0")
        clock.advance(by: .seconds(2))
        // The present one is good for some minutes: nobody waits.
        #expect(try await tokens.current(.empty).text == "t0")
        try await waitUntil(within: .seconds(30)) { connector.requests.count == 2 }
        try await waitUntil(within: .seconds(30)) { try await tokens.current(.empty).text == "t1" }
        tokens.invalidate(try await tokens.current(.empty))
        #expect(try await tokens.current(.empty).text == "t2")
    }

    @Test(
        "What an identity lacks is an error that names the key",
        arguments: [
            (["client_id": "c", "client_secret": "s"], "NO_TENANT_ID", "credential.tenant_id"),
            (["tenant_id": "t", "client_secret": "s"], "NO_CLIENT_ID", "credential.client_id"),
            (["tenant_id": "t", "client_id": "c"], "NO_CLIENT_SECRET", "credential.client_secret"),
            (["tenant_id": "a/b", "client_id": "c", "client_secret": "s"], "BAD_TENANT_ID", "credential.tenant_id"),
            (
                ["tenant_id": "t", "client_id": "c", "client_secret": "s", "authority": "login"], "BAD_URI",
                "credential.authority"
            ),
            (
                ["tenant_id": "t", "client_id": "c", "ssl_crt_file": "/none"], "READ_FAILED",
                "credential.ssl_crt_file"
            ),
        ] as [(ConfigParams, String, String)])
    func incomplete(config: ConfigParams, code: String, key: String) {
        let error = #expect(throws: ApplicationError.self) {
            _ = try AzureIdentity.find(.empty, AzureConnectionParams(config), AzureEnvironment([:]))
        }
        #expect(error?.code == code && error?.message.contains(key) == true, "\(error?.message ?? "")")
    }

    @Test("A certificate without a usable key is an error") func badKey() throws {
        let (certificate, key) = try Fixture.certificate()
        for (crt, keyFile, code) in [(key, key, "BAD_CERTIFICATE"), (certificate, certificate, "BAD_KEY_FILE")] {
            let error = #expect(throws: ApplicationError.self) {
                _ = try AzureCertificate(.empty, certificate: crt, key: keyFile)
            }
            #expect(error?.code == code)
        }
    }

    #if PIP_CURL
    @Test("The stand-in issues tokens for a secret and a certificate; a wrong one never passes") func standIn()
        async throws
    {
        let (certificate, key) = try Fixture.certificate()
        let pem = Array(try Data(contentsOf: URL(fileURLWithPath: certificate)))
        let tap = AzureTap()
        let registered = try await tap.forward(
            HTTPClientRequest(.post, try Fixture.server("test/certificate"), body: HTTPBody(pem)))
        #expect(registered.status == 204)
        let byCertificate: ConfigParams = [
            "credential.client_secret": "", "credential.ssl_crt_file": certificate, "credential.ssl_key_file": key,
        ]
        for config in [[:], byCertificate] as [ConfigParams] {
            let client = try await Fixture.client(.queue, try queueConfig(config), tap)
            _ = try await StorageQueues(client: client).create(.empty, Fixture.name())
        }
        let (other, otherKey) = try Fixture.certificate()
        for config in [
            ["credential.client_secret": "wrong"], byCertificate.override(["credential.ssl_key_file": otherKey]),
            byCertificate.override(["credential.ssl_crt_file": other, "credential.ssl_key_file": otherKey]),
            ["credential.client_id": "app-2"], ["credential.tenant_id": "tenant-2"],
        ] as [ConfigParams] {
            let client = try await Fixture.client(.queue, try queueConfig(config), tap)
            let code = await DriverFixture.code { try await StorageQueues(client: client).create(.empty, "never") }
            #expect(["ACCESS_DENIED", "REFUSED"].contains(code), "\(code ?? "passed")")
        }
    }

    @Test("A token that the service rejects as expired is renewed, and the request is retried") func expired()
        async throws
    {
        let tap = AzureTap()
        let client = try await Fixture.client(.queue, try queueConfig(["credential.client_id": "app-once"]), tap)
        let (queues, name) = (StorageQueues(client: client), Fixture.name())
        for _ in 0..<3 { try await queues.create(.empty, name) }
        #expect(tap.requests.count { $0.url.contains("/oauth2/") } == 3)
        #expect(tap.requests.count { $0.url.hasSuffix(name) } == 5)
    }

    @Test("The identity of a machine or a function opens a vault") func managedIdentity() async throws {
        let base: ConfigParams = [
            "connection.uri": try Fixture.server("vault"), "credential.managed_identity": "true",
        ]
        let machine: AnyValueMap = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": .string(try Fixture.server("identity"))]
        let function: AnyValueMap = [
            "IDENTITY_ENDPOINT": .string(try Fixture.server("identity/msi/token")),
            "IDENTITY_HEADER": "identity-secret",
        ]
        for environment in [machine, function] {
            let client = try await Fixture.client(.vault, base, AzureTap(), environment: environment)
            let secrets = try await Fixture.assembled(KeyVaultSecrets(client), base, AzureTap())
            #expect(try await secrets.read(.empty, "none") == nil)
        }
    }

    private func queueConfig(_ config: ConfigParams) throws -> ConfigParams {
        try Fixture.tokenConfig("queue", config)
    }
    #endif
}
#endif
