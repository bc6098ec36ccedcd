/// A state store on a key-value store. All remote state stores use it.
///
/// Keys are unchanged, and states are stored as JSON. A store that is not ``KeyValueCapabilities/durable``, such as
/// Memcached, may evict states before they are deleted.
public final class KeyValueStateStore: StateStore, Component {
    // Not `options.timeout`: in remote stores that is the time limit for connecting.
    private let timeout = Setting(
        "options.entry_timeout", default: Duration.zero, in: Duration.zero...,
        "The time to live of a saved state, in ms; 0 for no expiration")
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a store. A connector that is a component becomes its child: it is configured from the store's section,
    /// and opened and closed with the store.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// Returns the state of a key, or nil.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it is not JSON or does not match the type; errors of the connector.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        guard let bytes = try await connector.get(context, key) else { return nil }
        return try StoredValue.value(from: bytes, as: type, context, key)
    }

    /// Returns one entry per key, also for keys without a state.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if a state is not JSON or does not match the type; errors of the
    ///   connector.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>] {
        if keys.isEmpty { return [] }
        let found = try await connector.getMany(context, keys)
        return try keys.map { key in
            StateValue(key, try found[key].flatMap { try StoredValue.value(from: $0, as: type, context, key) })
        }
    }

    /// Saves a state, replacing the existing one. `AnyValue.null` and nil delete it.
    /// - Throws: BadRequest `CANNOT_ENCODE` if it can't be written as JSON; errors of the connector.
    @discardableResult
    public func save<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        if let bytes = try StoredValue.bytes(of: value, context, key) {
            let timeout = timeout()
            try await connector.set(context, key, bytes, ttl: timeout > .zero ? timeout : nil)
        } else {
            try await connector.delete(context, key)
        }
        return value
    }

    /// Deletes and returns a state, or nil.
    ///
    /// It returns exactly the state that it deletes: if another caller saves one in between, it reads again.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it can't be read (it is deleted nevertheless); errors of the
    ///   connector.
    public func delete<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        while let bytes = try await connector.get(context, key) {
            if try await connector.compareAndDelete(context, key, expected: bytes) {
                return try StoredValue.value(from: bytes, as: type, context, key)
            }
            try Task.checkCancellation()
        }
        return nil
    }

    // MARK: - Internal

    private var connector: any KeyValueConnector { connectorSlot.connector }
}
