/// A state store on a store of values by key: the one of all remote stores.
///
/// Keys go to the store as they are, states as JSON text. On a store that is not ``KeyValueCapabilities/durable``, such as
/// Memcached, states may be gone before they are deleted.
public final class KeyValueStateStore: StateStore, Component {
    // Not `options.timeout`: of remote stores, that is the time that connecting may take.
    private let timeout = Setting(
        "options.entry_timeout", default: Duration.zero, in: Duration.zero...,
        "How long after it was saved a state is forgotten, in ms; 0 for never")
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a store. A connector that is a component belongs to it from then on: it is configured from the store's
    /// section, and opened and closed with it.
    public init(_ connector: any KeyValueConnector) {
        connectorSlot = ConnectorSlot(connector)
    }

    /// The state of a key; nil when there is none.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it is no JSON or does not fit the type; what the connector throws.
    public func load<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value? {
        guard let bytes = try await connector.get(context, key) else { return nil }
        return try StoredValue.value(from: bytes, as: type, context, key)
    }

    /// The states of several keys: one for each, also where there is none.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when one is no JSON or does not fit the type; what the connector throws.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) async throws -> [StateValue<Value>] {
        if keys.isEmpty { return [] }
        let found = try await connector.getMany(context, keys)
        return try keys.map { key in
            StateValue(key, try found[key].flatMap { try StoredValue.value(from: $0, as: type, context, key) })
        }
    }

    /// Saves a state, replacing the one that is there. `AnyValue.null` and nil delete it.
    /// - Throws: BadRequest `CANNOT_ENCODE` when it can't be written as JSON; what the connector throws.
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

    /// Deletes a state and gives it back; nil when there was none.
    ///
    /// What it gives back is what it deleted: a state that somebody saves in between is read again.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it can't be read, deleted all the same; what the connector throws.
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
