#if PIP_REDIS
/// A connection to Redis that the components of a service share (the toolkit keeps one in each component).
///
/// The commands of concurrent tasks are pipelined automatically. If the connection breaks, it is made again
/// automatically, at once and then with a back-off that grows to 3 s. Calls that were not sent wait for it, at most
/// `options.max_queue` of them and each at most `options.command_timeout`.
public final class RedisConnection: RedisExecutor, Component, Openable, Readiness, Checkable {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let database = Setting(
        "options.db_num", aliases: ["connection.db_num"], default: 0, in: 0...,
        "The number of the database, unless the URI names one")
    private let timeout = Setting(
        "options.timeout", default: Duration.seconds(30), in: Duration.zero...,
        "How long connecting may take, in ms, login included and looking up the name left out; to connect again, no "
            + "longer than a call may wait, or 1 s where that is more")
    private let retries = Setting(
        "options.retries", default: 3, in: 0..., "How often opening tries again; later it never gives up")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(5), in: Duration.zero...,
        "How long a call waits for its answer, and to be sent, in ms")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, in: 0..., "How many calls may wait at once, for Redis or for an answer")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, in: 0..., "How many bytes of calls may wait to be sent")
    private let isCluster = Setting(
        "options.cluster", default: false, "True for a cluster, which is not supported: opening fails")
    private let maxSize = Setting(
        "options.max_size", default: 1000, in: 0...,
        "Accepted, since other editions list it, and not needed: the server has its bound")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    /// Nil while the connection is not open.
    private let engine = Locked<RedisEngine?>(nil)

    /// Creates a connection that is not open.
    public init() {}

    deinit { engine.current?.stop() }

    /// True while it is open, even if Redis cannot be reached at the moment.
    public var isOpen: Bool { engine.current != nil }

    /// Connects. Does nothing if it is open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_DATABASE`,
    ///   `NO_PASSWORD`, `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`; Unsupported `NO_TLS`, `NO_CLUSTER`; NoResponse
    ///   `NO_CONNECTION` if Redis can't be reached in `options.retries` more attempts, `ACCESS_DENIED` if it refuses the
    ///   login; Internal `REF_ERROR` if discovery or a credential store is needed and the service has none,
    ///   `NO_DESCRIPTOR` and `NO_THREAD` if the system has none left.
    public func open(_ context: Context) async throws {
        guard !isOpen else { return }
        let address = try await address(context)
        let options = RedisEngine.Options(
            address: address, connectTimeout: timeout(), commandTimeout: commandTimeout(), retries: retries(),
            maxQueue: maxQueue(), maxQueueBytes: maxQueueSize())
        let engine = try RedisEngine(options, clock: clock(), random: random())
        do {
            try await withTaskCancellationHandler {
                try await engine.open()
            } onCancel: {
                engine.stop()
            }
            // After a late cancellation, the thread has been told to end although the connection was made.
            if Task.isCancelled {
                await engine.close()
                throw CancellationError()
            }
        } catch let error as RedisConnectionError {
            await engine.close()
            try Task.checkCancellation()
            throw ApplicationError.connection(
                code: error.isFinal ? "ACCESS_DENIED" : "NO_CONNECTION",
                error.isFinal
                    ? "Redis at \(address) refuses the login: \(error.reason)"
                    : "Redis at \(address) can't be reached: \(error.reason)",
                traceId: context.traceId, details: ["address": .string("\(address)")])
        }
        let isFirst = self.engine.withLock { current in
            if current != nil { return false }
            current = engine
            return true
        }
        // Another task may have opened the connection meanwhile.
        if !isFirst { await engine.close() }
    }

    /// Checks the address, unless a discovery service or a credential store has to be asked for it.
    /// - Throws: the Misconfiguration and Unsupported errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connections.all.contains(where: \.usesDiscovery), !credentials.all.contains(where: \.usesStore) else {
            return
        }
        _ = try await address(context)
    }

    /// Closes the connection. Waiting calls fail with InvalidState `NOT_OPENED`, or with NoResponse `CONNECTION_LOST` if
    /// they were sent.
    public func close(_ context: Context) async throws {
        let engine = engine.withLock { current in
            defer { current = nil }
            return current
        }
        await engine?.close()
    }

    /// Sends `PING`.
    public func checkReadiness(_ context: Context) async throws {
        _ = try await execute(context, RedisCommand("PING"))
    }

    /// Sends one command and returns its reply.
    public func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply {
        guard let engine = engine.current else { throw RedisFailure.closed.error(context, command.name) }
        guard command.bytes.count <= RedisLimits.valueSize else {
            throw RedisFailure.tooLarge(command.bytes.count).error(context, command.name)
        }
        switch await engine.call(command.bytes, deadline: context.deadline) {
        case .success(let reply): return try reply.checked(context, command.name)
        case .failure(let failure): throw failure.error(context, command.name)
        }
    }

    /// Sends several commands in one round trip, in their order.
    public func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        guard let first = commands.first else { return [] }
        guard let engine = engine.current else { throw RedisFailure.closed.error(context, first.name) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.bytes.count })
        for command in commands {
            guard command.bytes.count <= RedisLimits.valueSize else {
                throw RedisFailure.tooLarge(command.bytes.count).error(context, command.name)
            }
            bytes += command.bytes
        }
        switch await engine.call(bytes, replies: commands.count, deadline: context.deadline) {
        case .success(.array(let replies)): return replies
        case .success: throw RedisFailure.strange.error(context, first.name)
        case .failure(let failure): throw failure.error(context, "\(first.name) and others")
        }
    }

    // MARK: - Internal

    private func address(_ context: Context) async throws -> RedisAddress {
        if isCluster() {
            throw ApplicationError.unsupported(
                code: "NO_CLUSTER", "'options.cluster' is true, but clusters of Redis are not supported",
                traceId: context.traceId)
        }
        let found = try await connections.resolveAll(context)
        guard let connection = found.first else {
            throw ApplicationError.config(
                code: "NO_CONNECTION",
                "The connection to Redis is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        guard found.count == 1 else {
            throw ApplicationError.config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED",
                "\(found.count) connections to Redis are configured; expected one, since there is no cluster",
                traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        return try RedisAddress(context, connection, credential, database: database())
    }
}
#endif
