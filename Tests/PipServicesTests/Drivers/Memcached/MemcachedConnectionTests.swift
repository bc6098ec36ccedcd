import PipServicesTesting
import Testing

@testable import PipServices

/// Tests that need no server.
@Suite struct MemcachedConnectionTests {
    @Test(
        "An invalid configuration fails to open, without secrets in the error",
        arguments: [
            (["connection.port": "1"], "NO_HOST"),
            (["connection.host": "a", "connection.port": "x"], "NO_PORT"),
            (["connection.host": "a", "connection.port": "65536"], "NO_PORT"),
            (["connection.uri": "memcached://a:0"], "NO_PORT"),
            (["connection.uri": "redis://a"], "UNSUPPORTED_PROTOCOL"),
            (["connection.host": "a", "connection.protocol": "http"], "UNSUPPORTED_PROTOCOL"),
            (
                ["connection.host": "a", "credential.username": "u", "credential.password": "hidden"],
                "NO_SASL"
            ),
            (["connection.uri": "memcached://u:hidden@a"], "NO_SASL"),
            (["connection.uri": "memcacheds://a"], "NO_TLS"),
            (["connection.host": "a", "connection.protocol": "TLS"], "NO_TLS"),
            (["connection.host": "a", "credential.ssl_ca_file": "/ca.pem"], "NO_TLS"),
            ([:], "NO_CONNECTION"),
        ] as [(ConfigParams, String)])
    func wrongConfiguration(config: ConfigParams, code: String) async throws {
        let connection = try await assemble(MemcachedConnection(), config: config)
        let error = await #expect(throws: ApplicationError.self) { try await connection.open(Context(traceId: "t")) }
        #expect(error?.code == (MemcachedConnector.driver.isCompiledIn ? code : "NOT_COMPILED_IN"))
        #expect(error.map { "\($0)" }?.contains("hidden") == false)
        #expect(!connection.isOpen)
    }

    @Test(
        "A size below 1 is refused before the connection is opened",
        arguments: ["pool_size", "failures"])
    func sizesBelowOne(name: String) async {
        let error = await #expect(throws: ApplicationError.self) {
            try await assemble(MemcachedConnection(), config: ConfigParams(StringValueMap([("options.\(name)", "0")])))
        }
        #expect(error?.message.contains("'options.\(name)' is '0'; expected a whole number of at least 1") == true)
    }

    @Test("A call on a closed connection fails with NOT_OPENED") func notOpened() async throws {
        let connection = try await assemble(MemcachedConnection(), config: ["connection.host": "a"])
        let connector = try await assemble(
            MemcachedConnector(), references: ["pip-services:connection:memcached:default:1.0": connection])
        let error = await #expect(throws: ApplicationError.self) { try await connector.get(.empty, "k") }
        #expect(error?.code == "NOT_OPENED")
        try await connection.close(.empty)
    }
}
