#if PIP_REDIS
/// A state store on Redis: ``KeyValueStateStore`` on a ``RedisConnector``. The other editions have none.
///
/// Keys are prefixed with `options.prefix`, `state:` by default.
public final class RedisStateStore: StateStore, Component {
    private let store = KeyValueStateStore(PrefixedKeyValueConnector(RedisConnector(), prefix: "state:"))

    /// Creates a store.
    public init() {}

    /// Returns the state of a key; nil if it is missing.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.load(context, key, as: type)
    }

    /// Returns the states of several keys: one for each key, nil for missing ones.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>] {
        try await store.loadBulk(context, keys, as: type)
    }

    /// Saves a state, replacing any existing one. `AnyValue.null` and nil delete it.
    @discardableResult
    public func save<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        try await store.save(context, key, value)
    }

    /// Deletes a state and returns it; nil if it is missing.
    public func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.delete(context, key, as: type)
    }
}
#endif
