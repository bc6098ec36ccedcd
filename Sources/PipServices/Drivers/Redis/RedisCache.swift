#if PIP_REDIS
/// A cache on Redis (the toolkit's `RedisCache`): ``KeyValueCache`` on a ``RedisConnector``.
///
/// Keys are prefixed with `options.prefix`, empty by default as in the other editions. Values are JSON, compatible with
/// the other editions.
public final class RedisCache: ConnectorCache {
    /// The cache's implementation.
    public let cache = KeyValueCache(PrefixedKeyValueConnector(RedisConnector()))

    /// Creates a cache.
    public init() {}
}
#endif
