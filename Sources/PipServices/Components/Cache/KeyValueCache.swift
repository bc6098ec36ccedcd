/// A cache on a store of values by key: the one cache of all remote stores (the toolkit's `RedisCache` and
/// `MemcachedCache`).
///
/// Keys go to the store as they are, values as JSON text, as the other editions write and read them. A bare text, which
/// the Python edition writes to Redis, is read as text.
///
/// The cache fails open by default: if the store can't be reached, reads find nothing, and writes and removals are dropped. A
/// value that should have been removed may then be read until its time is over. `options.fail_open: false` throws instead.
public final class KeyValueCache: Cache, Component {
    // Not `options.timeout`: of remote caches, that is the time that connecting may take.
    private let timeout = Setting(
        "options.entry_timeout", default: Duration.milliseconds(60_000), in: Duration.zero...,
        "How long a value is kept when its user does not say, in ms; 0 for ever")
    private let failsOpen = Setting(
        "options.fail_open", default: true,
        "True to go on without the cache if its store can't be reached; false to fail")
    private let sharedEngine = CacheEngine()
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a cache. A connector that is a component belongs to it from then on: it is configured from the cache's
    /// section, and opened and closed with it.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// How long a value is kept when its user does not say; zero for ever.
    public var entryTimeout: Duration { max(timeout(), .zero) }
    /// Computes values for concurrent callers, and counts.
    public var engine: CacheEngine? { sharedEngine }

    /// The value of a key; nil when there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it is no JSON or does not fit the type; what the connector throws, but
    ///   for NoResponse if the cache fails open.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        let connector = connector
        let bytes = try await tolerating(nil) { try await connector.get(context, key) }
        sharedEngine.noteLookup(isHit: bytes != nil)
        guard let bytes else { return nil }
        return try StoredValue.value(from: bytes, as: type, context, key)
    }

    /// Keeps a value under a key, replacing what is there. `AnyValue.null` and nil remove it.
    /// - Throws: BadRequest `CANNOT_ENCODE` when it can't be written as JSON; what the connector throws, but for NoResponse if
    ///   the cache fails open.
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
    /// - Throws: what the connector throws, but for NoResponse if the cache fails open.
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
