#if PIP_REDIS
/// A connection to Redis, for all components of a service that share it (the toolkit keeps one in each component).
///
/// All tasks use one connection: their commands go out together, as pipelines do, without anybody asking for it. When
/// the connection breaks, it is made again by itself, at once and then after longer and longer pauses, up to 3 s. Calls
/// that were not sent wait for it, as many as `options.max_queue` allows and each for no longer than
/// `options.command_timeout`.
public final class RedisConnection: RedisExecutor, Component, Openable, Readiness {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let database = Setting(
        "options.db_num", aliases: ["connection.db_num"], default: 0,
        "The number of the database, unless the URI names one")
    private let timeout = Setting(
        "options.timeout", default: Duration.seconds(30),
        "How long connecting may take, in ms, login included and looking up the name left out; to connect again, no "
            + "longer than a call may wait, or 1 s where that is more")
    private let retries = Setting(
        "options.retries", default: 3, "How often opening tries again; later it never gives up")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(5),
        "How long a call waits for its answer, and to be sent, in ms")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, "How many calls may wait at once, for Redis or for an answer")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, "How many bytes of calls may wait to be sent")
    private let isCluster = Setting(
        "options.cluster", default: false, "True for a cluster, which is not supported: opening fails")
    private let maxSize = Setting(
        "options.max_size", default: 1000,
        "Accepted, since other editions list it, and not needed: the server has its bound")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let engine = SlotBox<RedisEngine>()

    /// Creates a connection, which is not open.
    public init() {}

    deinit { engine.value?.stop() }

    /// True while it is open, also when Redis is out of reach for a while.
    public var isOpen: Bool { engine.value != nil }

    /// Connects. Does nothing when it is open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_DATABASE`,
    ///   `NO_PASSWORD`, `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`; Unsupported `NO_TLS`, `NO_CLUSTER`; NoResponse
    ///   `NO_CONNECTION` when Redis can't be reached in `options.retries` more attempts, `ACCESS_DENIED` when it does not
    ///   let us in; Internal `REF_ERROR` when discovery or a credential store is needed and the service has none.
    public func open(_ context: Context) async throws {
        guard !isOpen else { return }
        let address = try await address(context)
        let options = RedisEngine.Options(
            address: address, connectTimeout: timeout(), commandTimeout: commandTimeout(), retries: retries(),
            maxQueue: maxQueue(), maxQueueBytes: maxQueueSize())
        let engine = RedisEngine(options, clock: clock(), random: random())
        do {
            try await withTaskCancellationHandler {
                try await engine.open()
            } onCancel: {
                engine.stop()
            }
            // One that was cancelled late has ended its thread all the same.
            if Task.isCancelled {
                await engine.close()
                throw CancellationError()
            }
        } catch let refusal as RedisDialer.Refusal {
            await engine.close()
            try Task.checkCancellation()
            throw ApplicationError.connection(
                code: refusal.isFinal ? "ACCESS_DENIED" : "NO_CONNECTION",
                refusal.isFinal
                    ? "Redis at \(address) does not let us in: \(refusal.reason)"
                    : "Redis at \(address) can't be reached: \(refusal.reason)",
                traceId: context.traceId, details: ["address": .string("\(address)")])
        }
        guard !isOpen else {
            // Somebody else was faster.
            await engine.close()
            return
        }
        self.engine.set(engine)
    }

    /// Closes the connection. Calls that still wait get InvalidState `NOT_OPENED`, or NoResponse `CONNECTION_LOST` when
    /// they were sent.
    public func close(_ context: Context) async throws {
        guard let engine = engine.value else { return }
        self.engine.clear()
        await engine.close()
    }

    /// Asks Redis for a sign of life.
    public func checkReadiness(_ context: Context) async throws {
        _ = try await execute(context, RedisCommand("PING"))
    }

    /// Carries out one command.
    public func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply {
        guard let engine = engine.value else { throw RedisFailure.closed.error(context, command.name) }
        guard command.bytes.count <= RedisLimits.valueSize else {
            throw RedisFailure.tooLarge(command.bytes.count).error(context, command.name)
        }
        switch await engine.call(command.bytes, deadline: context.deadline) {
        case .success(let reply): return try reply.checked(context, command.name)
        case .failure(let failure): throw failure.error(context, command.name)
        }
    }

    /// Carries out several commands in one trip, in their order.
    public func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        guard let first = commands.first else { return [] }
        guard let engine = engine.value else { throw RedisFailure.closed.error(context, first.name) }
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
