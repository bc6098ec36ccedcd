import PipServices
import PipServicesTesting
import Testing

/// Searches for secrets in descriptions, dumps, messages, errors and log lines.
@Suite struct SecretTests {
    private static let secret = "hunter2"
    private static let config: ConfigParams = [
        "connection.protocol": "xyz", "connection.host": "h", "connection.uri": "",
        "connection.password": secret, "connection.api_token": secret, "connection.url": "amqp://u:\(secret)@h/v",
        "credential.username": secret, "credential.password": secret, "credential.access_key": secret,
        "credential.custom": secret,
    ]

    private static func texts(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), String(describing: Optional(value)), "\([value])", dumped]
    }

    private func expectNoSecret(_ value: Any) {
        for text in Self.texts(of: value) { #expect(!text.contains(Self.secret), "\(text)") }
    }

    @Test func parametersDoNotShowThem() throws {
        let connection = try #require(ConnectionParams.fromConfig(Self.config))
        let credential = try #require(CredentialParams.fromConfig(Self.config))
        expectNoSecret(connection)
        expectNoSecret(credential)
        expectNoSecret(["a": connection])
        #expect("\(connection)".contains("host=h"), "what is not secret is shown")
        #expect("\(connection)".contains("amqp://***@h/v"))
        #expect("\(credential)" == "username=***;password=***;access_key=***;custom=***")
        #expect("\(CredentialParams(["store_key": "k"]))" == "store_key=k")
    }

    @Test(arguments: [
        "http://u:hunter2@h", "u:hunter2@h:1/x", "http://u:p@hunter2@h", "http://u:x/hunter2@h", "//u:hunter2@",
        "u:hunter2@h/http://u:hunter2@h", "http://h?password=hunter2", "http://h?sig=hunter2&x", "u:hunter2@",
    ])
    func userAndParametersOfAUriAreNotShown(_ uri: String) {
        expectNoSecret(ConnectionParams(["uri": uri, "endpoint": uri]))
    }

    @Test func componentsDoNotShowThem() async throws {
        let store = try await assemble(MemoryCredentialStore(["code.password": Self.secret]), config: Self.config)
        store.store(.empty, "key", ["password": Self.secret])
        expectNoSecret(store)
        expectNoSecret(try await assemble(MemoryDiscovery(Self.config), config: Self.config))
        let credentials = try await assemble(
            CredentialResolver([["password": Self.secret]]), config: ["credential.password": Self.secret])
        expectNoSecret(credentials)
        expectNoSecret(try await assemble(CredentialSettings(), config: ["password": Self.secret]))
        let resolver = try await assemble(
            HTTPConnectionResolver(), config: ["connection.uri": "http://u:\(Self.secret)@h"])
        expectNoSecret(resolver)
        expectNoSecret(MemoryConfigReader(Self.config))
    }

    @Test func errorsDoNotShowThem() async throws {
        let composer = CompositeConnectionResolver.AnyConnection(supportedProtocols: ["mqtt"])
        let composite = try await assemble(CompositeConnectionResolver(composer), config: Self.config)
        let error = await #expect(throws: ApplicationError.self) { try await composite.resolve(.empty) }
        #expect(error?.code == "UNSUPPORTED_PROTOCOL")
        #expect(error?.message.contains("host=h") == true, "\(error?.message ?? "")")
        for uri in [
            "ftp://u:\(Self.secret)@h", "http://u:\(Self.secret)@h:x", "http://u:\(Self.secret)@",
            "u:\(Self.secret)@h:x/://y",
        ] {
            let resolver = try await assemble(HTTPConnectionResolver(), config: ["connection.uri": uri])
            let error = await #expect(throws: ApplicationError.self) { try await resolver.resolve(.empty) }
            if let error {
                expectNoSecret(error)
                expectNoSecret(ErrorDescription(error))
            }
        }
        if let error { expectNoSecret(error) }
    }

    @Test func anEndpointWithAUserInItsURIDoesNotTellThem() async throws {
        let config: ConfigParams = ["connection.uri": "http://u:\(Self.secret)@127.0.0.1:0"]
        let endpoint = try await assemble(HTTPEndpoint(), config: config)
        let error = await #expect(throws: ApplicationError.self) { try await endpoint.open(.empty) }
        #expect(error?.code == "BAD_URI")
        if let error { expectNoSecret(ErrorDescription(error)) }
    }

    @Test func anEndpointDoesNotLogThem() async throws {
        let logger = RecordingLogger()
        let yaml = """
            - descriptor: test:logger:recording:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { uri: "http://127.0.0.1:0" }
              credential: { password: \(Self.secret) }
            """
        let factory = Factory("test:logger:recording:*:1.0") { logger }
        try await withContainer(yaml: yaml, factories: [factory]) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:*", as: HTTPEndpoint.self)
            expectNoSecret(endpoint)
            expectNoSecret(endpoint.address ?? "")
        }
        #expect(!logger.messages.isEmpty)
        for message in logger.messages { expectNoSecret(message) }
    }
}
