#if PIP_REDIS
/// A cache in Redis (the toolkit's `RedisCache`): a ``KeyValueCache`` on a ``RedisConnector``.
///
/// Keys go to Redis behind `options.prefix`, which is empty by default as in the other editions, values as JSON text, as the other editions write them.
public final class RedisCache: Cache, Component {
    private let cache = KeyValueCache(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a cache.
    public init() {}

    /// How long a value is kept when its user does not say; zero for ever.
    public var entryTimeout: Duration { cache.entryTimeout }
    /// Computes values for concurrent callers, and counts.
    public var engine: CacheEngine? { cache.engine }

    /// The value of a key; nil when there is none or it has expired.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await cache.retrieve(context, key, as: type)
    }

    /// Keeps a value under a key, replacing what is there. `AnyValue.null` and nil remove it.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        try await cache.store(context, key, value, timeout: timeout)
    }

    /// Removes the value of a key, if there is one.
    public func remove(_ context: Context, _ key: String) async throws { try await cache.remove(context, key) }
}
#endif
