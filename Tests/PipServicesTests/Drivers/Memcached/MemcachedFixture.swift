import Foundation
import PipServices
import PipServicesTesting
import Testing

/// What the tests of the driver for Memcached begin with.
enum MemcachedFixture {
    /// The address of the server that all tests share.
    static func address() throws -> String {
        try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_MEMCACHED"],
            """
            PIP_TEST_MEMCACHED names no memcached server: run 'make test', which starts one, or start \
            'memcached -l 127.0.0.1 -p 21211 -U 0' and set PIP_TEST_MEMCACHED=127.0.0.1:21211
            """)
    }

    /// True when the tests should run with full counts.
    static var isFull: Bool { ProcessInfo.processInfo.environment["PIP_TEST_FULL"] != nil }

    /// Opens a connection for the time of a test, to the shared server unless others are named.
    static func withConnection<Result>(
        _ addresses: [String]? = nil, _ options: ConfigParams = [:],
        _ body: (MemcachedConnection) async throws -> Result
    ) async throws -> Result {
        var config = options
        for (index, address) in try (addresses ?? [address()]).enumerated() {
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

    /// A key that no other test uses.
    static func key(_ name: String = "k") -> String { "test.\(IdGenerator.nextLong()).\(name)" }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// How long something takes.
    static func time(_ body: () async throws -> Void) async throws -> Duration {
        let start = ContinuousClock.now
        try await body()
        return .now - start
    }

    /// Waits until something is true.
    static func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < end, "not in time: \(what)")
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
