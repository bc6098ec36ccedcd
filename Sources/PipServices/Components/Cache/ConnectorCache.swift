/// A cache on a key-value store, such as `RedisCache`. It declares its ``KeyValueCache``, and the methods of ``Cache``
/// have default implementations.
///
/// ```swift
/// final class SharedCache: ConnectorCache {
///     let cache = KeyValueCache(PrefixedKeyValueConnector(MemoryKeyValueConnector()))
/// }
/// ```
public protocol ConnectorCache: Cache, Component {
    /// The cache's implementation.
    var cache: KeyValueCache { get }
}

extension ConnectorCache {
    /// The default time to live; zero for no limit.
    public var entryTimeout: Duration { cache.entryTimeout }
    /// The engine for concurrent callers and counters.
    public var engine: CacheEngine? { cache.engine }

    /// Returns the value of a key; nil if there is none or it has expired.
    /// - Throws: as ``KeyValueCache/retrieve(_:_:as:)``.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await cache.retrieve(context, key, as: type)
    }

    /// Stores a value under a key, replacing the existing one. `AnyValue.null` and nil remove it.
    /// - Throws: as ``KeyValueCache/store(_:_:_:timeout:)``.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        try await cache.store(context, key, value, timeout: timeout)
    }

    /// Removes the value of a key, if there is one.
    /// - Throws: as ``KeyValueCache/remove(_:_:)``.
    public func remove(_ context: Context, _ key: String) async throws { try await cache.remove(context, key) }
}
