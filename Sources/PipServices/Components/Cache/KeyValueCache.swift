/// A cache on a key-value store. All remote caches use it (the toolkit's `RedisCache` and `MemcachedCache`).
///
/// Keys are unchanged, and values are stored as JSON, as in the other editions. A string without quotes, which the
/// Python edition writes to Redis, is read as a string.
///
/// The cache fails open by default: if the store can't be reached, reads return nothing, and writes and removals are
/// dropped. A value that should have been removed may then be read until it expires. With `options.fail_open: false`
/// such calls throw instead.
public final class KeyValueCache: Cache, Component {
    // Not `options.timeout`: in remote caches that is the time limit for connecting.
    private let timeout = Setting(
        "options.entry_timeout", default: Duration.milliseconds(60_000), in: Duration.zero...,
        "The default time to live of a value, in ms; 0 for no expiration")
    private let failsOpen = Setting(
        "options.fail_open", default: true,
        "True to continue without the cache if its store can't be reached; false to fail")
    private let sharedEngine = CacheEngine()
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a cache. A connector that is a component becomes its child: it is configured from the cache's section,
    /// and opened and closed with the cache.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// The default time to live; zero for no limit.
    public var entryTimeout: Duration { max(timeout(), .zero) }
    /// The engine for concurrent callers and counters.
    public var engine: CacheEngine? { sharedEngine }

    /// Returns the value of a key; nil if there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it is not JSON or does not match the type; errors of the connector,
    ///   except NoResponse if the cache fails open.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        let connector = connector
        let bytes = try await tolerating(nil) { try await connector.get(context, key) }
        sharedEngine.noteLookup(isHit: bytes != nil)
        guard let bytes else { return nil }
        return try StoredValue.value(from: bytes, as: type, context, key)
    }

    /// Stores a value under a key, replacing the existing one. `AnyValue.null` and nil remove it.
    /// - Throws: BadRequest `CANNOT_ENCODE` if it can't be written as JSON; errors of the connector, except NoResponse
    ///   if the cache fails open.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        guard let bytes = try StoredValue.bytes(of: value, context, key) else {
            try await remove(context, key)
            return value
        }
        let (connector, wanted) = (connector, timeout.flatMap { $0 > .zero ? $0 : nil } ?? self.timeout())
        sharedEngine.forget(key)
        try await tolerating(()) {
            try await connector.set(context, key, bytes, ttl: wanted > .zero ? wanted : nil)
        }
        return value
    }

    /// Removes the value of a key, if there is one.
    /// - Throws: errors of the connector, except NoResponse if the cache fails open.
    public func remove(_ context: Context, _ key: String) async throws {
        let connector = connector
        sharedEngine.forget(key)
        _ = try await tolerating(false) { try await connector.delete(context, key) }
    }

    // MARK: - Internal

    /// Runs an operation of the store. If the store can't be reached and the cache fails open, returns `fallback`.
    private func tolerating<Result>(_ fallback: Result, _ operation: () async throws -> Result) async throws -> Result {
        do {
            return try await operation()
        } catch let error as ApplicationError where error.category == .noResponse {
            sharedEngine.noteError()
            if failsOpen() { return fallback }
            throw error
        }
    }

    private var connector: any KeyValueConnector { connectorSlot.connector }
}
