import PipServices
import PipServicesTesting
import Testing

@Suite struct HTTPConnectionTests {
    private static func resolve(
        _ config: ConfigParams, _ resolver: HTTPConnectionResolver = HTTPConnectionResolver(),
        references: KeyValuePairs<Locator, any Sendable> = [:]
    ) async throws -> ConfigParams {
        try await assemble(resolver, config: config, references: references).resolve(.fromTraceId("123"))
    }

    @Test(
        arguments: [
            ([:], "NO_CONNECTION"), (["connection.protocol": "ftp"], "WRONG_PROTOCOL"),
            (["connection.port": "80"], "NO_HOST"), (["connection.host": "h"], "NO_PORT"),
            (["connections.x.host": "h", "connections.x.port": "0"], "NO_PORT"),
            (["connection.uri": "http://"], "NO_HOST"), (["connection.uri": "http://h:x"], "NO_PORT"),
            (["connection.uri": "ftp://h"], "WRONG_PROTOCOL"),
            (["connection.protocol": "https", "connection.host": "h", "connection.port": "1"], "NO_CREDENTIAL"),
            (
                [
                    "connection.protocol": "https", "connection.host": "h", "connection.port": "1",
                    "credential.ssl_crt_file": "c",
                ], "NO_SSL_KEY_FILE"
            ),
        ] as [([String: String], String)])
    func whatIsWrongHasItsCode(_ config: [String: String], _ code: String) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await Self.resolve(ConfigParams(StringValueMap(config.map { ($0, $1) })))
        }
        #expect(error?.code == code)
        #expect(error?.category == .misconfiguration)
        #expect(error?.traceId == "123")
    }

    @Test func aUriIsTakenApart() async throws {
        let one = try await Self.resolve(["connection.uri": "HTTP://u:p@[::1]:80/x"])
        #expect(one["host"] == "::1" && one["port"] == "80" && one["protocol"] == "http")
        let two = try await Self.resolve(["connection.uri": "localhost", "connection.port": "8080"])
        #expect(two["host"] == "localhost" && two["port"] == "8080" && two["protocol"] == "http")
        let three = try await Self.resolve(["connection.host": "::1", "connection.port": "80"])
        #expect(three["uri"] == "http://[::1]:80")
        let four = try await Self.resolve(["connection.host": "[::1]", "connection.port": "80"])
        #expect(four["host"] == "::1" && four["uri"] == "http://[::1]:80")
    }

    @Test func defaultsFillIn() async throws {
        func resolver() -> HTTPConnectionResolver {
            HTTPConnectionResolver(host: "0.0.0.0", port: 3000, allowsAnyPort: true)
        }
        #expect(try await Self.resolve([:], resolver())["uri"] == "http://0.0.0.0:3000")
        #expect(try await Self.resolve(["connection.port": "0"], resolver())["port"] == "0")
        #expect(try await Self.resolve(["connection.ip": "1.1.1.1"], resolver())["uri"] == "http://1.1.1.1:3000")
        #expect(try await Self.resolve(["connections.x.port": "1"], resolver())["uri"] == "http://0.0.0.0:1")
    }

    @Test func aMisspeltKeyAndABadPortAreFoundAtStart() async {
        for (config, part) in [
            (["connection.prot": "1"], "did you mean 'connection.port'"),
            (["connection.port": "80a"], "expected a whole number"),
            (["connection.host": "h", "connection.port": "99999"], "expected a whole number from 1 to 65535"),
            (["connection.host": "h", "connection.port": "0"], "expected a whole number from 1 to 65535"),
        ] as [(ConfigParams, String)] {
            let error = await #expect(throws: ApplicationError.self) { try await Self.resolve(config) }
            #expect(error?.code == "BAD_CONFIG")
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test func discoveryAndCredentialStoreAreAsked() async throws {
        let config = try await Self.resolve(
            ["connection.discovery_key": "peer", "connection.protocol": "https", "credential.store_key": "tls"],
            references: [
                "x:discovery:memory:d:1.0": MemoryDiscovery(["peer.host": "h", "peer.port": "443"]),
                "x:credential-store:memory:d:1.0": MemoryCredentialStore([
                    "tls.ssl_key_file": "k", "tls.ssl_crt_file": "c",
                ]),
            ])
        #expect(config["uri"] == "https://h:443")
        #expect(config["ssl_crt_file"] == "c")
    }

    @Test func anEndpointListensWhereDiscoverySaysAndRegistersItself() async throws {
        let yaml = """
            - descriptor: pip-services:discovery:memory:default:1.0
              me: { host: 127.0.0.1, port: 0 }
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { discovery_key: me }
            """
        try await withContainer(yaml: yaml) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:*", as: HTTPEndpoint.self)
            let discovery = try container.references.getOneRequired("*:discovery:*:*:*", as: MemoryDiscovery.self)
            #expect(endpoint.address?.hasPrefix("http://127.0.0.1:") == true)
            let registered = discovery.resolveAll(.empty, "me")
            #expect(registered.map(\.port) == [0, endpoint.port])
            #expect(registered.allSatisfy { !$0.usesDiscovery })
        }
    }

    @Test func anEndpointWhoseKeyNobodyKnowsDoesNotStart() async {
        let yaml = """
            - descriptor: pip-services:discovery:memory:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { discovery_key: me, port: 0 }
            """
        let error = await #expect(throws: ApplicationError.self) { try await withContainer(yaml: yaml) { _ in } }
        #expect(error?.code == "NO_CONNECTION")
        #expect(error?.message.contains("no discovery service knows 'me'") == true)
    }
}
