/// A MongoDB connection shared by the components of a service (the toolkit's `MongoDbConnection`).
///
/// If a service has a connection component (`pip-services:connection:mongodb:*:1.0`), its persistences share it.
/// Otherwise each opens its own, configured in its section.
///
/// Calls run on dedicated threads, each with its own client of the pool. A caller waits at most
/// `options.command_timeout`, and at most until its context's deadline. After the loss of a server, the library looks
/// for it and for a new primary; the loss and the recovery are each logged once. Counters: `mongodb.<name>.call_time`,
/// `.in_flight`, `.queue_depth`, `.breaker_state`.
public final class MongoDBConnection: Component, Openable, Readiness, Checkable {
    private let resolver = MongoDBConnectionResolver()
    private let poolSize = Setting(
        "options.max_pool_size", default: 10, in: 1...1000,
        "The number of threads for requests to MongoDB, each with its own connections")
    private let maxPending = Setting(
        "options.max_pending", default: 10_000, in: 0...,
        "The maximum number of calls that wait for a thread; further calls fail immediately. 0 for no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The timeout of a call, in ms; 0 for no limit")
    private let keepAlive = Setting(
        "options.keep_alive", default: true,
        "Has no effect; accepted for files of other editions. Connections are always kept alive"
    )
    private let autoReconnect = Setting(
        "options.auto_reconnect", default: true,
        "Has no effect; accepted for files of other editions. The driver always reconnects")
    private let reconnectInterval = Setting(
        "options.reconnect_interval", default: Duration.seconds(1), in: Duration.zero...,
        "Has no effect; accepted for files of other editions. The driver looks for lost servers at least every 500 ms")
    private let debug = Setting(
        "options.debug", default: false, "Has no effect; accepted for files of other editions")
    private let clock = ClockSlot()
    private let meter = DriverMeter("mongodb")
    /// Serializes opening.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)
    private let pool = Locked<MongoDBPool?>(nil)

    /// Creates a closed connection.
    public init() {}

    deinit { pool.current?.shutDown() }

    /// True while the connection is open, even if MongoDB is currently unreachable.
    public var isOpen: Bool { pool.current != nil }

    /// Connects, logs in, and waits for a reply of a writable server. Has no effect if it is already open.
    ///
    /// - Throws: Unsupported `NOT_COMPILED_IN`; the errors of ``MongoDBConnectionResolver/resolve(_:)``;
    ///   Misconfiguration `BAD_URI` for a URI that libmongoc rejects; NoResponse `CONNECT_FAILED` if no server can be
    ///   reached within `options.server_selection_timeout`, `ACCESS_DENIED` if it refuses the login; Internal
    ///   `NO_THREAD`, `NO_DESCRIPTOR`.
    public func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to MongoDB") {
            if !isOpen { try await openPool(context) }
        }
    }

    private func openPool(_ context: Context) async throws {
        guard MongoDBConnector.driver.isCompiledIn else {
            throw MongoDBConnector.driver.notCompiledIn("A connection to MongoDB")
        }
        let limit = commandTimeout().asLimit
        let address = try await address(context)
        let opened = try MongoDBPool(
            address,
            MongoDBPool.Options(
                threads: poolSize(), maxPending: maxPending() > 0 ? maxPending() : .max, commandTimeout: limit),
            clock: clock(), meter: meter)
        do {
            try await opened.execute(context, "connect") { session in
                _ = try session.run(.plain, ["ping": .integer(1)])
            }
        } catch {
            await opened.close()
            try Task.checkCancellation()
            throw Self.connectError(error, address, context)
        }
        pool.withLock { $0 = opened }
    }

    /// Checks the address, unless it comes from a discovery service or a credential store.
    /// - Throws: the Misconfiguration errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        if !resolver.needsLookup { _ = try await address(context) }
    }

    private func address(_ context: Context) async throws -> MongoDBAddress {
        let address = try await resolver.address(
            context, threads: poolSize(), waitLimit: commandTimeout().asLimit)
        guard MongoDBLibrary.accepts(address) else {
            throw Self.badURI(address, "an option has no valid value or contradicts another one", context)
        }
        return address
    }

    /// Fails waiting calls. Closes the connections when the threads have finished their current calls, and waits for
    /// that at most `options.command_timeout`.
    public func close(_ context: Context) async throws {
        let closed = pool.withLock { pool in
            defer { pool = nil }
            return pool
        }
        await closed?.close()
    }

    /// Pings the server. Waits at most 0.9 s for the reply.
    /// - Throws: NoResponse with the reason; InvalidState `NOT_OPENED`.
    public func checkReadiness(_ context: Context) async throws {
        var context = context
        let end = clock.uptime + .milliseconds(700)
        context.deadline = context.deadline.map { min($0, end) } ?? end
        try await opened(context).execute(context, "ping") { session in
            _ = try session.run(.plain, ["ping": .integer(1)])
        }
    }

    /// The name of the database (the toolkit's `getDatabaseName`).
    /// - Throws: InvalidState `NOT_OPENED`.
    public func databaseName() throws(ApplicationError) -> String { try opened(.empty).address.database }

    /// Executes a database command and returns the reply, for operations that the toolkit does not cover (the toolkit's
    /// `getDatabase`). It is sent to a writable server and not retried.
    /// - Throws: the errors of ``MongoDBConnector``.
    @discardableResult
    public func run(_ context: Context, _ command: BSONDocument) async throws -> BSONDocument {
        let name = try command.values().keys.first ?? ""
        return try await opened(context).execute(context, name.shortened) { session in
            let command = MongoDBCommand(.plain, command)
            try session.checkIsAwaited()
            return try session.client.run(command)
        }
    }

    // MARK: - Internal

    /// The open pool.
    /// - Throws: InvalidState `NOT_OPENED`.
    func opened(_ context: Context) throws(ApplicationError) -> MongoDBPool {
        guard let pool = pool.current else { throw .mongoDBNotOpened(context) }
        return pool
    }

    private static func badURI(
        _ address: MongoDBAddress, _ reason: String, _ context: Context
    ) -> ApplicationError {
        .config(
            code: "BAD_URI", key: "connection",
            "libmongoc does not accept the connection to MongoDB at \(address.place): \(reason); expected a connection and "
                + "options as in its documentation",
            traceId: context.traceId
        ).withDetails("server", .string(address.place))
    }

    private static func connectError(_ error: any Error, _ address: MongoDBAddress, _ context: Context) -> any Error {
        guard let error = error as? ApplicationError else { return error }
        let details: AnyValueMap = ["server": .string(address.place)]
        switch error.code {
        case "ACCESS_DENIED":
            return ApplicationError.connection(
                code: "ACCESS_DENIED", "MongoDB at \(address.place) refuses the login", traceId: context.traceId,
                details: details, cause: error)
        case "REFUSED" where error.details["server_code"] == nil:
            return badURI(address, error.message, context)
        default:
            guard error.category == .noResponse else { return error }
            return ApplicationError.connection(
                code: "CONNECT_FAILED", "MongoDB at \(address.place) can't be reached: \(error.message)",
                traceId: context.traceId, details: details, cause: error)
        }
    }
}
