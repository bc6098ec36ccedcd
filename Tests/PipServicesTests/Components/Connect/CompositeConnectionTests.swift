import PipServices
import PipServicesTesting
import Testing

@Suite struct CompositeConnectionTests {
    /// A cluster of queues, as a driver would declare it.
    struct Queues: ConnectionComposer {
        var defaultProtocol: String? { "mqtt" }
        var defaultPort: Int { 1883 }
        var supportedProtocols: [String]? { ["mqtt", "mqtts"] }

        func validateCredential(_ context: Context, _ credential: CredentialParams) throws {
            if credential.username == nil {
                throw ApplicationError.config(code: "NO_USER", "A user is needed", traceId: context.traceId)
            }
        }

        func mergeConnection(_ options: ConfigParams, _ connection: ConnectionParams) -> ConfigParams {
            ConnectionUtils.concat(options, connection.config, keys: ["host", "port"])
        }

        func finalizeOptions(_ options: ConfigParams) -> ConfigParams {
            let uri = ConnectionUtils.composeUri(
                ConnectionUtils.include(options, keys: ["host", "port", "username", "password"]),
                defaultProtocol: defaultProtocol, defaultPort: defaultPort)
            return options.override(["uri": uri])
        }
    }

    @Test func aComposerShapesTheOptions() async throws {
        let resolver = try await assemble(
            CompositeConnectionResolver(Queues()),
            config: [
                "connections.0.host": "a", "connections.1.host": "b", "credential.username": "u",
                "credential.password": "p", "options.qos": "1",
            ])
        let options = try await resolver.resolve(.empty)
        #expect(options["uri"] == "mqtt://u:p@a:1883,b:1883")
        #expect(options["qos"] == "1")
    }

    @Test(arguments: [
        (["connection.host": "h", "connection.protocol": "mqtz"], "UNSUPPORTED_PROTOCOL", "did you mean 'mqtt'"),
        (["connection.port": "1"], "NO_HOST", "expected 'host' or 'uri'"),
        (["connection.host": "h", "connection.port": "80a"], "NO_PORT", "Connection port is '80a'"),
        (["connection.host": "h", "connection.port": "70000"], "NO_PORT", "1 to 65535"),
        (["connection.host": "h"], "NO_USER", "A user is needed"),
    ])
    func whatIsWrongIsTold(_ config: [String: String], _ code: String, _ message: String) async throws {
        let resolver = try await assemble(
            CompositeConnectionResolver(Queues()), config: ConfigParams(StringValueMap(config.map { ($0, $1) })))
        let error = await #expect(throws: ApplicationError.self) {
            try await resolver.resolve(.fromTraceId("123"))
        }
        #expect(error?.code == code)
        #expect(error?.traceId == "123")
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func twoConnectionsNeedACluster() async throws {
        let composer = CompositeConnectionResolver.AnyConnection(isClusterSupported: false)
        let resolver = CompositeConnectionResolver(composer)
        let one: ConnectionParams = ["protocol": "p", "host": "h", "port": "1"]
        let options = try resolver.compose(.empty, connections: [one], credential: [:], parameters: ["host": "x"])
        #expect(options["host"] == "h")
        let error = #expect(throws: ApplicationError.self) {
            try resolver.compose(.empty, connections: [one, one], credential: [:], parameters: [:])
        }
        #expect(error?.code == "MULTIPLE_CONNECTIONS_NOT_SUPPORTED")
    }

    @Test func withoutDefaultsAllMustBeNamed() throws {
        let resolver = CompositeConnectionResolver()
        for (connection, code) in [
            (["host": "h", "port": "1"], "NO_PROTOCOL"), (["protocol": "p", "host": "h"], "NO_PORT"),
        ] as [(ConnectionParams, String)] {
            let error = #expect(throws: ApplicationError.self) {
                try resolver.compose(.empty, connections: [connection], credential: [:], parameters: [:])
            }
            #expect(error?.code == code)
        }
    }
}
