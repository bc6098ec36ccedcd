/// A state store on a key-value store, such as `RedisStateStore`. It declares its ``KeyValueStateStore``, and the
/// methods of ``StateStore`` have default implementations.
public protocol ConnectorStateStore: StateStore, Component {
    /// The store's implementation.
    var store: KeyValueStateStore { get }
}

extension ConnectorStateStore {
    /// Returns the state of a key, or nil.
    /// - Throws: as ``KeyValueStateStore/load(_:_:as:)``.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.load(context, key, as: type)
    }

    /// Returns one entry per key, also for keys without a state.
    /// - Throws: as ``KeyValueStateStore/loadBulk(_:_:as:)``.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>] {
        try await store.loadBulk(context, keys, as: type)
    }

    /// Saves a state, replacing the existing one. `AnyValue.null` and nil delete it.
    /// - Throws: as ``KeyValueStateStore/save(_:_:_:)``.
    @discardableResult
    public func save<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        try await store.save(context, key, value)
    }

    /// Deletes and returns a state, or nil.
    /// - Throws: as ``KeyValueStateStore/delete(_:_:as:)``.
    @discardableResult
    public func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        try await store.delete(context, key, as: type)
    }
}
