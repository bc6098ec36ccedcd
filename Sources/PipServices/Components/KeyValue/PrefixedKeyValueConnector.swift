/// Adds `options.prefix` to all keys, so that components on the same store have separate keys.
///
/// ```swift
/// KeyValueStateStore(PrefixedKeyValueConnector(RedisConnector(), prefix: "states:"))
/// ```
public final class PrefixedKeyValueConnector: KeyValueConnector, Component {
    private let prefixSetting: Setting<String>
    private let connectorSlot: ConnectorSlot<any KeyValueConnector>

    /// Creates a connector around another one, which becomes its child if it is a component.
    /// - Parameter prefix: the default of `options.prefix`.
    public init(_ connector: any KeyValueConnector, prefix: String = "") {
        prefixSetting = Setting(
            "options.prefix", default: prefix, "The prefix of the keys in the store; other editions use no prefix")
        connectorSlot = ConnectorSlot(connector)
    }

    /// The capabilities of the other connector.
    public var capabilities: KeyValueCapabilities { connector.capabilities }
    /// The resolution of the other connector.
    public var ttlResolution: Duration { connector.ttlResolution }

    /// Returns the value of a key, or nil.
    public func get(_ context: Context, _ key: String) async throws -> [UInt8]? {
        try await connector.get(context, prefix + key)
    }

    /// Returns the values of several keys. Missing ones are omitted.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues {
        let prefix = prefix
        guard !prefix.isEmpty else { return try await connector.getMany(context, keys) }
        let stored = try await connector.getMany(context, keys.map { prefix + $0 })
        var values = KeyValues()
        for key in keys {
            if let value = stored[prefix + key] { values[key] = value }
        }
        return values
    }

    /// Sets the value of a key.
    public func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
        try await connector.set(context, prefix + key, value, ttl: ttl)
    }

    /// Sets the values of several keys.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws {
        let prefix = prefix
        guard !prefix.isEmpty else { return try await connector.setMany(context, values, ttl: ttl) }
        var stored = KeyValues()
        for (key, value) in values { stored[prefix + key] = value }
        try await connector.setMany(context, stored, ttl: ttl)
    }

    /// Sets the value of a key if it has none.
    public func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
        try await connector.add(context, prefix + key, value, ttl: ttl)
    }

    /// Deletes a key.
    @discardableResult
    public func delete(_ context: Context, _ key: String) async throws -> Bool {
        try await connector.delete(context, prefix + key)
    }

    /// Deletes several keys.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        let prefix = prefix
        try await connector.deleteMany(context, keys.map { prefix + $0 })
    }

    /// Replaces the value of a key if it is the expected one.
    public func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool {
        try await connector.compareAndSet(context, prefix + key, expected: expected, value, ttl: ttl)
    }

    /// Deletes a key if its value is the expected one.
    public func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
        try await connector.compareAndDelete(context, prefix + key, expected: expected)
    }

    /// Adds to a counter.
    public func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
        try await connector.increment(context, prefix + key, by: amount)
    }

    // MARK: - Internal

    private var prefix: String { prefixSetting() }
    private var connector: any KeyValueConnector { connectorSlot.connector }
}
