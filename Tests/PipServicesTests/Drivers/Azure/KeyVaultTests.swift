#if PIP_AZURE && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Credentials and configuration in the stand-in's vault.
@Suite struct KeyVaultTests {
    typealias Fixture = AzureFixture

    private func store(_ config: ConfigParams = [:], _ connector: AzureTap = AzureTap(), clock: VirtualClock? = nil)
        async throws -> KeyVaultCredentialStore
    {
        let store = try await Fixture.assembled(
            KeyVaultCredentialStore(), try Fixture.tokenConfig("vault", config), connector, clock: clock)
        try await store.open(.empty)
        return store
    }

    /// Names of secrets ignore case, whoever reads them.
    private static let cases = CredentialStoreContract().cases.filter { !$0.name.contains("case-sensitive") }

    @Test(arguments: cases)
    func contract(_ contractCase: ContractCase<any CredentialStore>) async throws {
        let prefix = String(IdGenerator.nextLong().prefix(8)) + "-"
        try await contractCase.run { try await self.store(["prefix": .some(prefix)]) }
    }

    @Test("Azure's own client reads stored secrets, and its secrets are read") func clients() async throws {
        let store = try await store()
        let name = IdGenerator.nextLong()
        try await store.store(.empty, name + ".db", ["username": "u", "password": "p"])
        let text = try await Fixture.sdk("secret", name + "-db").string ?? ""
        #expect(try JSONParser.parse(text) == ["username": "u", "password": "p"])
        for (value, expected) in [
            (#"{"username":"v","port":1}"#, ["username": "v", "port": "1"]),
            ("username=w;password=x", ["username": "w", "password": "x"]),
            ("plain; text", ["password": "plain; text"]),
        ] as [(String, CredentialParams)] {
            let other = IdGenerator.nextLong()
            _ = try await Fixture.sdk("secret", other, value)
            #expect(try await store.lookup(.empty, other) == expected)
        }
        try await store.close(.empty)
    }

    @Test("A deleted secret is recovered when it is set again") func recovery() async throws {
        let store = try await store()
        let name = IdGenerator.nextLong()
        for value in ["1", "2", nil, nil, "3"] {
            try await store.store(.empty, name, value.map { ["password": $0] })
            #expect(try await store.lookup(.empty, name)?.password == value)
        }
        try await store.close(.empty)
    }

    @Test("Looked-up credentials are cached for a time") func cache() async throws {
        let (clock, connector) = (VirtualClock(Date()), AzureTap())
        let store = try await store(["options.cache_timeout": "5000"], connector, clock: clock)
        let name = IdGenerator.nextLong()
        try await store.store(.empty, name, ["password": "1"])
        func reads() -> Int { connector.requests.count { $0.method == .get && $0.url.contains(name) } }
        for _ in 0..<3 { #expect(try await store.lookup(.empty, name)?.password == "1") }
        #expect(reads() == 1)
        clock.advance(by: .seconds(6))
        #expect(try await store.lookup(.empty, name)?.password == "1")
        #expect(reads() == 2)
        try await store.close(.empty)
    }

    @Test("A list of secrets with endless pages is an error, not an incomplete result") func endless() async throws {
        let connector = ScriptedConnector { count, request in
            guard !request.url.contains("/token") else {
                return Fixture.json(200, ["access_token": "abc", "expires_in": 3600])
            }
            return Fixture.json(200, ["value": [], "nextLink": .string("http://vault.test/secrets?page=\(count)")])
        }
        let config = Fixture.application.override([
            "connection.uri": "http://vault.test", "credential.authority": "http://entra.test",
        ])
        let secrets = try await Fixture.assembled(KeyVaultSecrets(), config, connector)
        try await secrets.client.open(.empty)
        #expect(await DriverFixture.code { _ = try await secrets.names(.empty) } == "BAD_RESPONSE")
        secrets.client.close()
    }

    @Test(
        "A key that can be no name is refused", arguments: ["a b", "ключ", String(repeating: "a", count: 128), "a%2F"])
    func badName(key: String) async throws {
        let store = try await store()
        #expect(await DriverFixture.code { _ = try await store.lookup(.empty, key) } == "BAD_SECRET_NAME")
        try await store.close(.empty)
    }

    @Test("All enabled secrets are configuration, with dots for dashes, and rendered as templates")
    func config()
        async throws
    {
        let prefix = "p" + IdGenerator.nextLong()
        for index in 0..<30 { try await write("\(prefix)-key-\(index)", "v\(index)") }
        try await write("\(prefix)-connection-host", "{{HOST}}.test")
        _ = try await Fixture.sdk("disable", "\(prefix)-off", "never")
        let connector = AzureTap()
        let reader = try await Fixture.assembled(
            KeyVaultConfigReader(), try Fixture.tokenConfig("vault", ["prefix": .some(prefix + "-")]), connector)
        try await reader.open(.empty)
        let config = try await reader.readConfig(.empty, parameters: ["HOST": "db"])
        #expect(config["connection.host"] == "db.test" && config["key.29"] == "v29" && config["off"] == nil)
        #expect(config.map { $0 }.count == 31)
        #expect(connector.requests.count { $0.url.contains("skiptoken") } >= 1)
        #expect(try await reader.readConfig(.empty, parameters: nil)["connection.host"] == "{{HOST}}.test")
        try await reader.close(.empty)
    }

    private func write(_ name: String, _ text: String) async throws {
        let secrets = try await Fixture.assembled(KeyVaultSecrets(), try Fixture.tokenConfig("vault"), AzureTap())
        try await secrets.client.open(.empty)
        try await secrets.write(.empty, name, text)
    }

    @Test("A page link to itself or to another host sends no token there") func pages() async throws {
        let connector = ScriptedConnector { _, request in
            if request.url.contains("oauth2") { return Fixture.json(200, ["access_token": "a", "expires_in": 3600]) }
            return Fixture.json(
                200, ["value": [], "nextLink": "https://evil.test/secrets?api-version=7.4&$skiptoken=1"])
        }
        let secrets = try await Fixture.assembled(
            KeyVaultSecrets(), Fixture.application.override(["connection.uri": "orders"]), connector)
        try await secrets.client.open(.empty)
        #expect(await DriverFixture.code { _ = try await secrets.names(.empty) } == HTTPFailure.badResponse)
        #expect(
            connector.requests.filter { !$0.url.contains("oauth2") }.allSatisfy {
                $0.url.hasPrefix("https://orders.vault.azure.net/")
            })
        #expect(connector.requests.count == 3)
    }

    @Test("A wrong secret of the application opens no vault") func wrongSecret() async throws {
        let store = try await store(["credential.client_secret": "wrong"])
        let error = await Fixture.error { _ = try await store.lookup(.empty, "k") }
        #expect(error?.code == "ACCESS_DENIED" && error?.message.contains("wrong") == false)
        try await store.close(.empty)
    }
}
#endif
