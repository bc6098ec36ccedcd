#if PIP_MEMCACHED
import PipServices
import PipServicesTesting

/// Opens connections for the tests of the Memcached driver.
enum MemcachedFixture {
    /// The port of the server that `make test` starts on loopback, which all tests share.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MEMCACHED") }

    /// Opens a connection for the time of a test, to the shared server unless others are named.
    static func withConnection<Result>(
        _ addresses: [String]? = nil, _ options: ConfigParams = [:],
        _ body: (MemcachedConnection) async throws -> Result
    ) async throws -> Result {
        // Long, since a call may have to wait while many tests run.
        let patient: ConfigParams = ["options.timeout": "600000", "options.idle": "600000"]
        var config = patient.override(options)
        for (index, address) in try (addresses ?? ["127.0.0.1:\(port())"]).enumerated() {
            config["connections.\(index).uri"] = "memcached://\(address)"
        }
        let connection = try await assemble(
            MemcachedConnection(), config: config)
        try await connection.open(.empty)
        do {
            let result = try await body(connection)
            try await connection.close(.empty)
            return result
        } catch {
            try await connection.close(.empty)
            throw error
        }
    }

    /// Returns a component that uses a connection.
    static func on<C: Component>(
        _ connection: MemcachedConnection, _ component: C, _ config: ConfigParams = [:]
    ) async throws -> C {
        try await assemble(
            component, config: config, references: ["pip-services:connection:memcached:default:1.0": connection])
    }

    /// Opens a connector for the time of a test.
    static func withConnector<Result>(
        _ addresses: [String]? = nil, _ options: ConfigParams = [:],
        _ body: (MemcachedConnector) async throws -> Result
    ) async throws -> Result {
        try await withConnection(addresses, options) { connection async throws in
            try await body(try await on(connection, MemcachedConnector()))
        }
    }
}
#endif
