#if PIP_MONGODB
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for MongoDB stand on: the stand-in that `make test` starts, or the server of
/// `PIP_TEST_MONGODB_URI`.
enum MongoDBFixture {
    /// True if a real server is tested, which has no commands of the stand-in.
    static var isReal: Bool { uri != nil }
    private static var uri: String? { ProcessInfo.processInfo.environment["PIP_TEST_MONGODB_URI"] }

    /// The port of the stand-in.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_MONGODB") }

    /// Starts a stand-in of a test's own.
    static func standIn(_ arguments: [String] = []) async throws -> ServerProcess {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        return try await .python(path.appending(path: "Servers/mongo_wire.py").path, arguments)
    }

    /// The configuration of a connection to a port of loopback, or to the server of the tests.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        var config: ConfigParams = ["connection.database": "pip_tests"]
        if port == nil, let uri {
            config["connection.uri"] = uri
        } else {
            config["connection.host"] = "127.0.0.1"
            config["connection.port"] = "\(try port ?? self.port())"
        }
        return config.override(more)
    }

    /// An open connection.
    static func connection(_ port: Int? = nil, _ more: ConfigParams = [:]) async throws -> MongoDBConnection {
        let connection = try await assemble(MongoDBConnection(), config: try config(port, more))
        try await connection.open(.empty)
        return connection
    }

    private static let opened = Locked<Task<MongoDBConnection, any Error>?>(nil)

    /// The connection that tests share which do nothing to it.
    static func shared() async throws -> MongoDBConnection {
        let task = opened.withLock { task in
            if let task { return task }
            let new = Task { try await connection() }
            task = new
            return new
        }
        return try await task.value
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ port: Int? = nil, _ more: ConfigParams = [:], _ body: (MongoDBConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connection(port, more)
        do {
            let result = try await body(connection)
            try await connection.close(.empty)
            return result
        } catch {
            try await connection.close(.empty)
            throw error
        }
    }

    /// A component that shares an open connection.
    static func on<C: Component>(_ connection: MongoDBConnection, _ component: C, _ config: ConfigParams = [:])
        async throws -> C
    {
        try await assemble(
            component, config: config, references: ["pip-services:connection:mongodb:default:1.0": connection])
    }

    /// A collection that no other test uses.
    static func collection() -> String { "test_" + IdGenerator.nextLong() }

    /// An open persistence on a collection of its own.
    static func persistence<Item>(
        _ connection: MongoDBConnection, _ collection: String = collection(), indexes: [ItemIndex<Item>] = [],
        nativeIndexes: [MongoDBIndex] = []
    ) async throws -> IdentifiableMongoDBPersistence<Item> {
        let store = try await on(
            connection,
            IdentifiableMongoDBPersistence<Item>(collection, indexes: indexes, nativeIndexes: nativeIndexes))
        try await store.open(.empty)
        return store
    }

    /// The commands that the stand-in received for a collection.
    static func sent(_ connection: MongoDBConnection, _ collection: String) async throws -> [AnyValueMap] {
        let reply = try await connection.run(.empty, ["sentCommands": .string(collection)])
        return try reply.values()["commands"]?.array?.compactMap(\.map) ?? []
    }

    /// Lets the stand-in fail commands on a collection.
    static func fail(
        _ connection: MongoDBConnection, _ collection: String, _ commands: [String], times: Int = 1, _ data: AnyValueMap
    ) async throws {
        var data = data
        data["failCommands"] = .array(commands.map { .string($0) })
        data["collection"] = .string(collection)
        try await connection.run(
            .empty,
            BSONDocument([
                "configureFailPoint": "failCommand", "mode": ["times": .integer(Int64(times))], "data": .map(data),
            ]))
    }
}
#endif
