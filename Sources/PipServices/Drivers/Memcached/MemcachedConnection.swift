/// A connection to one or several memcached servers, shared by caches and locks.
///
/// If a service has a connection component (`pip-services:connection:memcached:*:1.0`), its components share it.
/// Otherwise each component opens its own, configured in its section. Keys are distributed over several servers by
/// consistent hashing.
///
/// Opening does not wait for a server: a service can start while its cache is down, and is not ready
/// (``checkReadiness(_:)``) until the cache is up. After a broken connection, the next call reconnects. A server with
/// `options.failures` consecutive failures, or without any reply for `options.timeout`, is down: its calls fail at once
/// until a probe succeeds. The loss and the recovery of a server are each logged once. Counters:
/// `memcached.<name>.call_time`, `.in_flight`, `.queue_depth`, `.reconnects`, `.breaker_state`.
public final class MemcachedConnection: Component, Openable, Readiness, Checkable {
    private let resolver = CompositeConnectionResolver(MemcachedComposer())
    private let poolSize = Setting(
        "options.pool_size", default: 5, in: 1...,
        "The number of threads for requests to the servers, each with its own connections")
    private let maxPending = Setting(
        "options.max_pending", default: 10_000, in: 0...,
        "The maximum number of calls that wait for a thread; further calls fail immediately. 0 for no limit")
    private let timeout = Setting(
        "options.timeout", default: Duration.milliseconds(5000), in: Duration.zero...,
        "The timeout of a call, including connecting, in ms; 0 for no limit")
    private let retries = Setting(
        "options.retries", default: 5, in: 0...,
        "The maximum number of retries of a read whose connection breaks; 0 for none")
    private let failures = Setting(
        "options.failures", default: 5, in: 1...,
        "The number of consecutive failures after which a server is not used for a while")
    private let retry = Setting(
        "options.retry", default: Duration.milliseconds(30_000), in: Duration.zero...,
        "The maximum time between consecutive failures, in ms; 0: failures never count as consecutive")
    private let reconnect = Setting(
        "options.reconnect", default: Duration.milliseconds(10_000), in: Duration.zero...,
        "How long a failed server is not used, in ms; meanwhile its calls fail immediately; 0 for none")
    private let remove = Setting(
        "options.remove", default: false,
        "True to move the keys of a failed server to other servers until it is available again; do not use it for "
            + "locks")
    private let idle = Setting(
        "options.idle", default: Duration.milliseconds(5000), in: Duration.zero...,
        "The maximum idle time of a connection before it is replaced, in ms; 0 for no limit")
    private let maxAge = Setting(
        "options.max_connection_age", default: Duration.seconds(300), in: Duration.zero...,
        "The maximum age of a connection before it is replaced, which resolves the host again, in ms; 0 for no limit")
    private let maxKeySize = Setting(
        "options.max_key_size", default: MemcachedKeyRules.limit, in: 1...MemcachedKeyRules.limit,
        "The maximum length of a key, in bytes; memcached accepts at most 250")
    private let hashKeys = Setting(
        "options.hash_keys", default: false,
        "True to replace keys that memcached does not accept with their hash; other editions cannot find them")
    private let maxValue = Setting(
        "options.max_value", default: 1_048_576, in: 0...,
        "The maximum size of a value, in bytes; the server has its own limit. 0 for no limit")
    private let maxExpiration = Setting(
        "options.max_expiration", default: MemcachedExpiry.longestSpan, in: 0...,
        "The time to live above which it is sent to the server as a date, in seconds; 0 for always")
    private let maxSize = Setting(
        "options.max_size", default: 1000, in: 0...,
        "Has no effect; accepted for files of other editions. The server limits its own memory")
    private let clock = ClockSlot()
    private let meter = DriverMeter("memcached")
    /// Serializes opening.
    private let opening = Bulkhead(limit: 1, maxWaiting: 1000)

    private let pool = Locked<MemcachedPool?>(nil)

    /// Creates a connection.
    public init() {}

    deinit { pool.current?.shutDown() }

    /// True while the connection is open, whether or not a server replies.
    public var isOpen: Bool { pool.current != nil }

    /// Resolves the servers and starts the threads.
    /// - Throws: Unsupported `NOT_COMPILED_IN`, `NO_TLS` for TLS, `NO_SASL` for a user or password; Misconfiguration
    ///   `NO_CONNECTION` if no server is configured; the errors of ``CompositeConnectionResolver/resolve(_:)``;
    ///   Internal `NO_THREAD`, `NO_DESCRIPTOR`.
    public func open(_ context: Context) async throws {
        // Concurrent callers wait here for the first one, and then find the connection open.
        try await opening.run(Context(traceId: context.traceId), name: "The opening of the connection to memcached") {
            if !isOpen { try await openPool(context) }
        }
    }

    private func openPool(_ context: Context) async throws {
        guard MemcachedConnector.driver.isCompiledIn else {
            throw MemcachedConnector.driver.notCompiledIn("A connection to memcached")
        }
        let opened = try MemcachedPool(try await servers(context), options, clock: clock(), meter: meter)
        try opened.start()
        pool.withLock { $0 = opened }
        meter.noteBreaker(.closed)
    }

    /// Checks the servers, unless they come from a discovery service or a credential store.
    /// - Throws: the Misconfiguration and Unsupported errors of ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws {
        if !resolver.needsLookup { _ = try await servers(context) }
    }

    private func servers(_ context: Context) async throws -> [MemcachedServer] {
        let servers = MemcachedComposer.servers(in: try await resolver.resolve(context))
        guard !servers.isEmpty else {
            throw ApplicationError.config(
                code: "NO_CONNECTION", key: "connection.host",
                "No memcached server is configured; expected 'connection.host', or 'connections' with several",
                traceId: context.traceId)
        }
        return servers
    }

    /// Fails the waiting calls and closes the connections. Waits for the threads, at most `options.timeout`.
    public func close(_ context: Context) async throws {
        let closed = pool.withLock { pool in
            defer { pool = nil }
            return pool
        }
        await closed?.close()
    }

    /// Returns when every server has replied. Waits at most 0.9 s. If a server is known to be down, it fails at once.
    /// - Throws: NoResponse that names an unresponsive server; InvalidState `NOT_OPENED`.
    public func checkReadiness(_ context: Context) async throws {
        let pool = try opened(context)
        let operation = MemcachedOperation("get", nil, context)
        if let fault = pool.downServer(at: clock.uptime) { throw fault.error(operation, pool.servers) }
        let deadline = min(pool.deadline(of: context), clock.uptime + .milliseconds(700))
        try await pool.execute(operation, deadline: deadline) { client throws(MemcachedFault) in
            try client.ping()
        }
    }

    // MARK: - Internal

    /// The open pool.
    /// - Throws: InvalidState `NOT_OPENED`.
    func opened(_ context: Context) throws(ApplicationError) -> MemcachedPool {
        guard let pool = pool.current else { throw .memcachedNotOpened(context) }
        return pool
    }

    private var options: MemcachedOptions {
        MemcachedOptions(
            poolSize: min(poolSize(), 1000), maxPending: maxPending() > 0 ? maxPending() : .max,
            timeout: timeout().asLimit, retries: retries(), failures: failures(), retry: retry(),
            reconnect: reconnect(), remove: remove(), idle: idle().asLimit, maxAge: maxAge().asLimit,
            maxKeySize: maxKeySize(), maxValue: maxValue() > 0 ? maxValue() : .max, maxExpiration: maxExpiration(),
            hashKeys: hashKeys())
    }
}
