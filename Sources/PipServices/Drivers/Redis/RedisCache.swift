#if PIP_REDIS
/// A cache on Redis (the toolkit's `RedisCache`): ``KeyValueCache`` on a ``RedisConnector``.
///
/// Keys are prefixed with `options.prefix`, empty by default as in the other editions. Values are JSON, compatible with
/// the other editions.
public final class RedisCache: Cache, Component {
    private let cache = KeyValueCache(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a cache.
    public init() {}

    /// The default time to live; zero for no expiration.
    public var entryTimeout: Duration { cache.entryTimeout }
    /// Deduplicates concurrent computations, and counts hits and misses.
    public var engine: CacheEngine? { cache.engine }

    /// Returns the value of a key; nil if it is missing or has expired.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await cache.retrieve(context, key, as: type)
    }

    /// Stores a value under a key, replacing any existing value. `AnyValue.null` and nil remove it.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        try await cache.store(context, key, value, timeout: timeout)
    }

    /// Removes the value of a key.
    public func remove(_ context: Context, _ key: String) async throws { try await cache.remove(context, key) }
}
#endif
