/// A cache on memcached (the toolkit's `MemcachedCache`): ``KeyValueCache`` on a ``MemcachedConnector``.
///
/// Keys are sent unchanged and values as JSON, compatible with the other editions. Its section accepts
/// `options.entry_timeout`, `options.fail_open` and, unless the service has a shared connection, the keys of
/// ``MemcachedConnection``.
public final class MemcachedCache: ConnectorCache {
    /// The cache's implementation.
    public let cache = KeyValueCache(PrefixedKeyValueConnector(MemcachedConnector()))

    /// Creates a cache.
    public init() {}
}
