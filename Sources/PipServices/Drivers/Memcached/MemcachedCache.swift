/// A cache on memcached (the toolkit's `MemcachedCache`): ``KeyValueCache`` on a ``MemcachedConnector``.
///
/// Keys are sent unchanged and values as JSON, compatible with the other editions. Its section accepts
/// `options.entry_timeout`, `options.fail_open` and, unless the service has a shared connection, the keys of
/// ``MemcachedConnection``.
public final class MemcachedCache: Cache, Component {
    private let cache = KeyValueCache(PrefixedKeyValueConnector(MemcachedConnector()))

    /// Creates a cache.
    public init() {}

    /// The default time to live; zero for no expiration.
    public var entryTimeout: Duration { cache.entryTimeout }
    /// Deduplicates concurrent computations, and counts hits and misses.
    public var engine: CacheEngine? { cache.engine }

    /// Returns the value of a key; nil if there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it is not JSON or does not match the type; the errors of
    ///   ``MemcachedConnector``.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await cache.retrieve(context, key, as: type)
    }

    /// Stores a value under a key, replacing any existing value. `AnyValue.null` and nil remove it.
    /// - Throws: BadRequest `CANNOT_ENCODE` if it cannot be encoded as JSON; the errors of ``MemcachedConnector``.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        try await cache.store(context, key, value, timeout: timeout)
    }

    /// Removes the value of a key.
    /// - Throws: the errors of ``MemcachedConnector``.
    public func remove(_ context: Context, _ key: String) async throws { try await cache.remove(context, key) }
}
