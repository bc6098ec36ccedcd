/// A cache on a store of values by key: the one cache of all remote stores (the toolkit's `RedisCache` and
/// `MemcachedCache`).
///
/// Keys go to the store as they are, values as JSON text, as the other editions write and read them. A bare text, which
/// the Python edition writes to Redis, is read as text.
public final class KeyValueCache: Cache, Component {
    // Not `options.timeout`: of remote caches, that is the time that connecting may take.
    private let timeout = Setting(
        "options.entry_timeout", default: Duration.milliseconds(60_000), in: Duration.zero...,
        "How long a value is kept when its user does not say, in ms; 0 for ever")
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a cache. A connector that is a component belongs to it from then on: it is configured from the cache's
    /// section, and opened and closed with it.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// The value of a key; nil when there is none or it has expired.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it is no JSON or does not fit the type; what the connector throws.
    public func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        guard let bytes = try await connector.get(context, key) else { return nil }
        return try StoredValue.value(from: bytes, as: type, context, key)
    }

    /// Keeps a value under a key, replacing what is there. `AnyValue.null` and nil remove it.
    /// - Throws: BadRequest `CANNOT_ENCODE` when it can't be written as JSON; what the connector throws.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value {
        if let bytes = try StoredValue.bytes(of: value, context, key) {
            let wanted = timeout.flatMap { $0 > .zero ? $0 : nil } ?? self.timeout()
            try await connector.set(context, key, bytes, ttl: wanted > .zero ? wanted : nil)
        } else {
            try await connector.delete(context, key)
        }
        return value
    }

    /// Removes the value of a key, if there is one.
    /// - Throws: what the connector throws.
    public func remove(_ context: Context, _ key: String) async throws { try await connector.delete(context, key) }

    // MARK: - Internal

    private var connector: any KeyValueConnector { connectorSlot.connector }
}
