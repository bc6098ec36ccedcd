/// A connection to one or several memcached servers, which caches and locks share.
///
/// Where a service has one (`pip-services:connection:memcached:*:1.0`), its components use it; else each opens its own,
/// configured from its own section. Several servers share the keys by consistent hashing.
///
/// Opening waits for no server: a service starts while its cache is down, and is not ready (``checkReadiness(_:)``) until
/// it is there. A connection that breaks is made anew by the next call.
public final class MemcachedConnection: Component, Openable, Readiness {
    private let resolver = CompositeConnectionResolver(MemcachedComposer())
    private let poolSize = Setting(
        "options.pool_size", default: 5, "How many threads talk to the servers, each by connections of its own")
    private let maxPending = Setting(
        "options.max_pending", default: 10_000, "How many calls may wait for a thread; further ones fail at once")
    private let timeout = Setting(
        "options.timeout", default: Duration.milliseconds(5000), "How long a call may take, connecting included, in ms")
    private let retries = Setting(
        "options.retries", default: 5, "How often a call that only reads is tried again when its connection breaks")
    private let failures = Setting(
        "options.failures", default: 5, "After how many failures in a row a server is left alone")
    private let retry = Setting(
        "options.retry", default: Duration.milliseconds(30_000), "Failures further apart than this, in ms, don't add up"
    )
    private let reconnect = Setting(
        "options.reconnect", default: Duration.milliseconds(10_000),
        "How long a server that failed is left alone, in ms; its calls fail at once for that time")
    private let remove = Setting(
        "options.remove", default: false,
        "The others take over the keys of a server that failed until it is back; not for locks, which two may hold then"
    )
    private let idle = Setting(
        "options.idle", default: Duration.milliseconds(5000), "A connection at rest for longer, in ms, is made anew")
    private let maxKeySize = Setting(
        "options.max_key_size", default: MemcachedKeys.limit, "The longest key, in bytes; memcached takes up to 250")
    private let hashKeys = Setting(
        "options.hash_keys", default: false,
        "Keys that memcached does not take are replaced by their hash; other editions don't find these")
    private let maxValue = Setting(
        "options.max_value", default: 1_048_576, "The longest value, in bytes; the server has a limit of its own")
    private let maxExpiration = Setting(
        "options.max_expiration", default: MemcachedExpiry.longestSpan,
        "Times to live above this, in seconds, are told to the server as a date")
    private let maxSize = Setting(
        "options.max_size", default: 1000,
        "Accepted, since other editions list it, and not needed: the server has its bound")
    private let clock = ClockSlot()

    private let pool = Locked<MemcachedPool?>(nil)

    /// Creates a connection.
    public init() {}

    deinit { pool.current?.shutDown() }

    /// True while the connection is open, whether or not a server answers.
    public var isOpen: Bool { pool.current != nil }

    /// Finds the servers and starts the threads.
    /// - Throws: Unsupported `NOT_COMPILED_IN`; Misconfiguration `NO_CONNECTION` when no server is configured,
    ///   `NO_AUTHENTICATION` for a user or password, `BAD_VALUE` for a size below 1; what
    ///   ``CompositeConnectionResolver/resolve(_:)`` throws; Internal `NO_THREAD`.
    public func open(_ context: Context) async throws {
        if isOpen { return }
        guard MemcachedConnector.driver.isCompiledIn else {
            throw MemcachedConnector.driver.notCompiledIn("A connection to memcached")
        }
        for setting in [poolSize, maxPending, failures] where setting() < 1 {
            throw ApplicationError.config(
                code: "BAD_VALUE",
                "The connection to memcached: '\(setting.declaration.key)' is \(setting()); expected 1 or more",
                traceId: context.traceId)
        }
        let servers = MemcachedComposer.servers(in: try await resolver.resolve(context))
        guard !servers.isEmpty else {
            throw ApplicationError.config(
                code: "NO_CONNECTION",
                "No memcached server is configured; expected 'connection.host', or 'connections' with several",
                traceId: context.traceId)
        }
        let opened = MemcachedPool(servers, options, clock: clock())
        try opened.start()
        let isFirst = pool.withLock { pool in
            if pool != nil { return false }
            pool = opened
            return true
        }
        if !isFirst { await opened.close() }
    }

    /// Fails the calls that wait, and waits until the threads have ended: no longer than `options.timeout`.
    public func close(_ context: Context) async throws {
        let closed = pool.withLock { pool in
            defer { pool = nil }
            return pool
        }
        await closed?.close()
    }

    /// Returns when every server answers.
    /// - Throws: NoResponse that names a server which does not; InvalidState `NOT_OPENED`.
    public func checkReadiness(_ context: Context) async throws {
        let pool = try opened(context)
        let explain: @Sendable (MemcachedFault) -> ApplicationError = { pool.explain($0, context, "get", nil) }
        try await pool.call(context, deadline: pool.deadline(context), explain: explain) {
            client throws(MemcachedFault) in try client.ping()
        }
    }

    // MARK: - Internal

    /// The threads.
    /// - Throws: InvalidState `NOT_OPENED`.
    func opened(_ context: Context) throws(ApplicationError) -> MemcachedPool {
        guard let pool = pool.current else { throw .memcachedNotOpened(context) }
        return pool
    }

    private var options: MemcachedOptions {
        MemcachedOptions(
            poolSize: min(poolSize(), 1000), maxPending: maxPending(), timeout: max(timeout(), .milliseconds(1)),
            retries: max(retries(), 0), failures: failures(), retry: max(retry(), .zero),
            reconnect: max(reconnect(), .zero), remove: remove(), idle: max(idle(), .zero), maxKeySize: maxKeySize(),
            maxValue: maxValue(), maxExpiration: maxExpiration(), hashKeys: hashKeys())
    }
}
