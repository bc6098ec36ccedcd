#if PIP_MEMCACHED
import PipServices
import PipServicesTesting

/// What the tests of the driver for Memcached begin with.
enum MemcachedFixture {
    /// The port of the server that `make test` starts on loopback, which all tests share.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MEMCACHED") }

    /// Opens a connection for the time of a test, to the shared server unless others are named.
    static func withConnection<Result>(
        _ addresses: [String]? = nil, _ options: ConfigParams = [:],
        _ body: (MemcachedConnection) async throws -> Result
    ) async throws -> Result {
        // Long, since among many tests one may have to wait for its turn.
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

    /// A component that stands on a connection.
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
