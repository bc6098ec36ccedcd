#if PIP_REDIS
/// A Redis connection shared by the components of a service (in the toolkit, each component has its own).
///
/// The commands of concurrent tasks are pipelined automatically. A broken connection is re-established automatically,
/// at once and then with a back-off of up to 3 s. Unsent calls wait for it: at most `options.max_queue` calls, each at
/// most `options.command_timeout`. After `options.down_after` without a connection, or if Redis did not reply in time,
/// calls fail at once until the connection is back. The loss and the recovery are each logged once. Counters:
/// `redis.<name>.call_time`, `.in_flight`, `.queue_depth`, `.reconnects`, `.breaker_state`.
public final class RedisConnection: RedisExecutor, Component, Openable, Readiness, Checkable {
    private let connections = ConnectionResolver()
    private let credentials = CredentialResolver()
    private let database = Setting(
        "options.db_num", aliases: ["connection.db_num"], default: 0, in: 0...,
        "The database number, unless the URI contains one")
    private let timeout = Setting(
        "options.timeout", default: Duration.seconds(30), in: Duration.zero...,
        "The timeout of connecting, including resolving the host and login, in ms; for reconnecting at most the "
            + "timeout of a call, but at least 1 s; 0 for no limit")
    private let retries = Setting(
        "options.retries", default: 3, in: 0...,
        "The maximum number of retries when opening, 0 for none; later reconnecting has no limit")
    private let commandTimeout = Setting(
        "options.command_timeout", default: Duration.seconds(5), in: Duration.zero...,
        "The time in which a call must be sent and receive its reply, in ms; 0 for no limit")
    private let downAfter = Setting(
        "options.down_after", default: Duration.seconds(1), in: Duration.zero...,
        "The duration of an outage after which calls fail immediately instead of waiting for the connection, in ms; "
            + "0: calls wait until their timeout")
    private let maxAge = Setting(
        "options.max_connection_age", default: Duration.seconds(300), in: Duration.zero...,
        "The maximum age of a connection before it is replaced, which resolves the host again, in ms; 0 for no limit")
    private let maxQueue = Setting(
        "options.max_queue", default: 10_000, in: 0...,
        "The maximum number of calls that wait to be sent or for a reply; 0 for no limit")
    private let maxQueueSize = Setting(
        "options.max_queue_size", default: 64 << 20, in: 0...,
        "The maximum size of all unsent calls, in bytes; 0 for no limit")
    private let maxSessions = Setting(
        "options.max_sessions", default: 16, in: 1...,
        "The maximum number of separate connections for blocking commands; further commands wait")
    private let serverName = Setting<String?>(
        "options.tls_server_name", default: nil,
        "With rediss: the host name that the server's certificate must contain; by default the host")
    private let sentinelMaster = Setting<String?>(
        "options.sentinel_master", default: nil,
        "The name of the master; the configured connections are then those of the sentinels")
    private let sentinelUser = Setting<String?>(
        "options.sentinel_username", default: nil, "The user for the sentinels")
    private let sentinelPassword = Setting<String?>(
        "options.sentinel_password", default: nil, secret: true, "The password for the sentinels")
    private let sentinelInterval = Setting(
        "options.sentinel_interval", default: Duration.seconds(5), in: Duration.zero...,
        "The interval at which the sentinels are asked for the current master, in ms; 0: only when connecting")
    private let isCluster = Setting(
        "options.cluster", default: false, "True for a cluster, which is not supported, so that opening fails")
    private let maxSize = Setting(
        "options.max_size", default: 1000, in: 0...,
        "Has no effect; accepted for files of other editions. The server limits its own memory")
    private let clock = ClockSlot()
    private let random = RandomSlot()
    private let meter = DriverMeter("redis")
    /// Serializes opening.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)
    /// Nil while the connection is not open.
    private let engine = Locked<RedisEngine?>(nil)
    private let dedicated = Locked<RedisDedicatedConnections?>(nil)

    /// Creates a closed connection.
    public init() {}

    deinit { engine.current?.stop() }

    /// True while the connection is open, even if Redis is currently unreachable.
    public var isOpen: Bool { engine.current != nil }

    /// Connects. Has no effect if it is already open.
    ///
    /// - Throws: Misconfiguration `NO_CONNECTION`, `NO_HOST`, `NO_PORT`, `UNSUPPORTED_PROTOCOL`, `BAD_DATABASE`,
    ///   `NO_PASSWORD`, `MULTIPLE_CONNECTIONS_NOT_SUPPORTED`, `TLS_NOT_ENABLED`, `NO_SSL_KEY_FILE`, `NO_SSL_CRT_FILE`,
    ///   `BAD_SERVER_NAME`; Unsupported `NO_CLUSTER`; NoResponse `NO_CONNECTION` if Redis can't be reached after
    ///   `options.retries` retries, `ACCESS_DENIED` if it refuses the login; Internal `REF_ERROR` if a required
    ///   discovery service or credential store is missing, `NO_DESCRIPTOR` and `NO_THREAD` if system resources are
    ///   exhausted.
    public func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to Redis") {
            if !isOpen { try await openEngine(context) }
        }
    }

    private func openEngine(_ context: Context) async throws {
        let options = try await engineOptions(context)
        let address = options.place
        let place = "Redis at \(address)"
        let engine = try RedisEngine(
            options, clock: clock(), random: random(),
            onChange: { [meter] change in
                switch change {
                case .lost(let reason):
                    meter.noteLoss(of: place, reason)
                    meter.noteBreaker(.open)
                case .reconnected:
                    meter.noteRecovery(of: place)
                    meter.noteBreaker(.closed)
                    meter.noteReconnects()
                }
            })
        do {
            try await withTaskCancellationHandler {
                try await engine.open()
            } onCancel: {
                engine.stop()
            }
            // After a late cancellation, the thread was told to end although the connection was established.
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
        self.engine.withLock { $0 = engine }
        dedicated.withLock {
            $0 = RedisDedicatedConnections(
                options, maxSessions: maxSessions(), clock: clock(), random: random())
        }
        meter.noteBreaker(.closed)
    }

    /// Checks the address, unless it comes from a discovery service or a credential store.
    /// - Throws: the Misconfiguration and Unsupported errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        guard !connections.all.contains(where: \.usesDiscovery), !credentials.all.contains(where: \.usesStore) else {
            return
        }
        _ = try await engineOptions(context)
    }

    /// Closes the connection. Unsent calls fail with InvalidState `NOT_OPENED`, sent ones with NoResponse
    /// `CONNECTION_LOST`.
    public func close(_ context: Context) async throws {
        let dedicated = dedicated.withLock { current in
            defer { current = nil }
            return current
        }
        await dedicated?.close()
        let engine = engine.withLock { current in
            defer { current = nil }
            return current
        }
        await engine?.close()
    }

    /// Sends `PING` and waits at most 0.9 s for the reply. Without a connection, it fails at once with the reason.
    public func checkReadiness(_ context: Context) async throws {
        if let reason = engine.current?.missingReason {
            throw RedisFailure.unreachable(reason).error(context, "PING")
        }
        let end = clock.uptime + .milliseconds(700)
        var context = context
        context.deadline = context.deadline.map { min($0, end) } ?? end
        do {
            _ = try await execute(context, RedisCommand("PING"))
        } catch let error as ApplicationError where error.code == "NOPERM" {
            // The server replies; the user may not be allowed to use PING.
        }
    }

    /// Sends one command and returns its reply.
    public func execute(_ context: Context, _ command: RedisCommand) async throws -> RedisReply {
        guard let engine = engine.current else { throw RedisFailure.closed.error(context, command.name) }
        try Self.check(context, command)
        let outcome = await meter.measure(queueDepth: engine.queueDepth) {
            await engine.call(command.bytes, deadline: context.deadline)
        }
        switch outcome {
        case .success(let reply): return try reply.checked(context, command.name)
        case .failure(let failure): throw failure.error(context, command.name)
        }
    }

    /// Sends several commands in order, in one round trip.
    public func pipeline(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        guard let first = commands.first else { return [] }
        guard let engine = engine.current else { throw RedisFailure.closed.error(context, first.name) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.bytes.count })
        for command in commands {
            try Self.check(context, command)
            bytes += command.bytes
        }
        let outcome = await meter.measure(queueDepth: engine.queueDepth) { [bytes] in
            await engine.call(bytes, replies: commands.count, deadline: context.deadline)
        }
        switch outcome {
        case .success(.array(let replies)): return replies
        case .success: throw RedisFailure.strange.error(context, first.name)
        case .failure(let failure): throw failure.error(context, "\(first.name) and others")
        }
    }

    /// Executes several commands as a transaction.
    public func transaction(_ context: Context, _ commands: [RedisCommand]) async throws -> [RedisReply] {
        guard let engine = engine.current else { throw RedisFailure.closed.error(context, "MULTI") }
        let replies = try await meter.measure(queueDepth: engine.queueDepth) {
            try await RedisTransaction.run(context, commands, on: engine)
        }
        // Nothing is watched on a shared connection.
        guard let replies else { throw RedisFailure.strange.error(context, "EXEC") }
        return replies
    }

    /// Runs `body` with a dedicated connection.
    public func withSession<Result: Sendable>(
        _ context: Context, _ body: @Sendable (RedisSession) async throws -> Result
    ) async throws -> Result {
        guard let dedicated = dedicated.current else { throw RedisFailure.closed.error(context, "A session") }
        return try await dedicated.withSession(context, body)
    }

    /// Subscribes to channels and patterns.
    public func subscribe(
        _ context: Context, channels: [String], patterns: [String]
    ) async throws -> RedisSubscription {
        guard let dedicated = dedicated.current else { throw RedisFailure.closed.error(context, "SUBSCRIBE") }
        return try await dedicated.subscribe(context, channels, patterns)
    }

    // MARK: - Internal

    private static func check(_ context: Context, _ command: RedisCommand) throws {
        guard command.place == .anywhere else { throw RedisFailure.notShared.error(context, command.name) }
        guard command.bytes.count <= RedisLimits.valueSize else {
            throw RedisFailure.tooLarge(command.bytes.count).error(context, command.name)
        }
    }

    private func engineOptions(_ context: Context) async throws -> RedisEngine.Options {
        if isCluster() {
            throw ApplicationError.unsupported(
                code: "NO_CLUSTER",
                "'options.cluster' is true, but clusters of Redis are not supported; expected false",
                traceId: context.traceId, details: ["key": "options.cluster"])
        }
        let found = try await connections.resolveAll(context)
        guard let connection = found.first else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "The connection to Redis is not set; expected 'connection.host' or 'connection.uri'",
                traceId: context.traceId)
        }
        let credential = try await credentials.lookup(context) ?? CredentialParams()
        var options = RedisEngine.Options(
            connectTimeout: timeout().asLimit, commandTimeout: commandTimeout().asLimit,
            retries: retries(), maxQueue: maxQueue() > 0 ? maxQueue() : .max,
            maxQueueBytes: maxQueueSize() > 0 ? maxQueueSize() : .max, downAfter: downAfter(), maxAge: maxAge(),
            sentinelInterval: sentinelInterval())
        if let master = sentinelMaster() {
            var addresses: [RedisAddress] = []
            for connection in found {
                // The credentials are those of the servers; they are not sent to discovery services.
                var place = try RedisAddress(
                    context, connection, CredentialParams(), database: database(), defaultPort: 26379)
                (options.address.database, options.address.isEncrypted) = (place.database, place.isEncrypted)
                (place.username, place.password) = (sentinelUser(), sentinelPassword())
                addresses.append(place)
            }
            (options.address.username, options.address.password) = (credential.username, credential.password)
            options.sentinel = RedisSentinel(addresses: addresses, master: master)
            try setTLS(&options, context, credential)
            return options
        }
        guard found.count == 1 else {
            throw ApplicationError.config(
                code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED", key: "connections",
                "\(found.count) connections to Redis are configured; expected one, since there is no cluster. For sentinels, "
                    + "set 'options.sentinel_master'",
                traceId: context.traceId)
        }
        options.address = try RedisAddress(context, connection, credential, database: database())
        try setTLS(&options, context, credential)
        return options
    }

    private func setTLS(
        _ options: inout RedisEngine.Options, _ context: Context, _ credential: CredentialParams
    ) throws(ApplicationError) {
        if options.address.isEncrypted {
            options.tls = try RedisTLSSettings(context, credential, serverName: serverName())
        } else if let (key, value) = RedisTLSSettings.first(in: credential, serverName: serverName()) {
            // A certificate without TLS is an error: the user expects encryption.
            throw .config(
                code: "TLS_NOT_ENABLED", key: key,
                "'\(key)' is '\(value)', but the protocol of the connection to Redis is not 'rediss'; expected 'rediss'",
                traceId: context.traceId)
        }
    }
}
#endif
