/// A cache on memcached (the toolkit's `MemcachedCache`): ``KeyValueCache`` on a ``MemcachedConnector``.
///
/// Keys go to the server as they are, values as JSON text: the other editions read and write them. It takes the keys of
/// ``MemcachedConnection`` in its section, unless the service has a connection to share, and `options.entry_timeout`.
public final class MemcachedCache: Cache, Component {
    private let cache = KeyValueCache(MemcachedConnector())

    /// Creates a cache.
    public init() {}

    /// The value of a key; nil when there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it is no JSON or does not fit the type; what
    ///   ``MemcachedConnector`` throws.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await cache.retrieve(context, key, as: type)
    }

    /// Keeps a value under a key, replacing what is there. `AnyValue.null` and nil remove it.
    /// - Throws: BadRequest `CANNOT_ENCODE` when it can't be written as JSON; what ``MemcachedConnector`` throws.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        try await cache.store(context, key, value, timeout: timeout)
    }

    /// Removes the value of a key, if there is one.
    /// - Throws: what ``MemcachedConnector`` throws.
    public func remove(_ context: Context, _ key: String) async throws { try await cache.remove(context, key) }
}
