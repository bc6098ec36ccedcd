#if PIP_REDIS
import PipServices
import PipServicesTesting

/// What the tests of the driver for Redis stand on.
enum RedisFixture {
    /// The port of the server that `make test` starts on loopback.
    static func port() throws -> Int { try DriverFixture.port("PIP_TEST_REDIS") }

    /// The configuration of a connection to a port of loopback.
    static func config(_ port: Int? = nil, _ more: ConfigParams = [:]) throws -> ConfigParams {
        ConfigParams(["connection.host": "127.0.0.1", "connection.port": "\(try port ?? self.port())"])
            .override(more)
    }

    /// An open connection.
    static func connection(_ port: Int? = nil, _ more: ConfigParams = [:]) async throws -> RedisConnection {
        let connection = try await assemble(RedisConnection(), config: try config(port, more))
        try await connection.open(.empty)
        return connection
    }

    /// A component that shares an open connection.
    static func on<C: Component>(_ connection: RedisConnection, _ component: C, _ config: ConfigParams = [:])
        async throws -> C
    {
        try await assemble(
            component, config: config, references: ["pip-services:connection:redis:default:1.0": connection])
    }

    /// Does something on an open connection, and closes it.
    static func with<Result>(
        _ port: Int? = nil, _ more: ConfigParams = [:], _ body: (RedisConnection) async throws -> Result
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
}

/// Reads a subscription, and waits for what comes only so long.
final class NotificationReader: Sendable {
    private let state = Locked<(notifications: [RedisNotification], isEnded: Bool)>(([], false))

    init(_ subscription: RedisSubscription) {
        Task.detached { [state] in
            for await notification in subscription { state.withLock { $0.notifications.append(notification) } }
            state.withLock { $0.isEnded = true }
        }
    }

    /// The next notification; nil after the last one.
    func next() async throws -> RedisNotification? {
        try await waitUntil(within: .seconds(60)) { state.withLock { $0.isEnded || !$0.notifications.isEmpty } }
        return state.withLock { $0.notifications.isEmpty ? nil : $0.notifications.removeFirst() }
    }
}
#endif
