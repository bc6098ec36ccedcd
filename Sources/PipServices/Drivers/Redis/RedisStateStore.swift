#if PIP_REDIS
/// A state store in Redis: a ``KeyValueStateStore`` on a ``RedisConnector``. The other editions have none.
///
/// Keys go to Redis behind `options.prefix`, by default `state:`.
public final class RedisStateStore: StateStore, Component {
    private let store = KeyValueStateStore(PrefixedKeyValueConnector(RedisConnector(), prefix: "state:"))

    /// Creates a store.
    public init() {}

    /// The state of a key; nil when there is none.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.load(context, key, as: type)
    }

    /// The states of several keys: one for each, also where there is none.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>] {
        try await store.loadBulk(context, keys, as: type)
    }

    /// Saves a state, replacing the one that is there. `AnyValue.null` and nil delete it.
    @discardableResult
    public func save<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        try await store.save(context, key, value)
    }

    /// Deletes a state and gives it back; nil when there was none.
    public func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.delete(context, key, as: type)
    }
}
#endif
