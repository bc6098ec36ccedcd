/// A connector to a key-value store, such as Redis or Memcached. Caches, locks and state stores are built on it.
///
/// Values are bytes; keys are strings that are passed to the store unchanged. Each call is atomic, except those for
/// several keys. All calls are safe from any task. A cancelled task stops waiting; it is then unknown whether the store
/// has executed the call. Calls throw NoResponse if the store can't be reached or does not reply in time, and
/// BadRequest for keys and values that it can't hold.
///
/// A connector that opens a connection is also a ``Component``, and its owner configures, opens and closes it.
public protocol KeyValueConnector: Sendable {
    /// The optional capabilities of the store.
    var capabilities: KeyValueCapabilities { get }
    /// The resolution of times to live. They are rounded up to a multiple of it, so values never expire early.
    var ttlResolution: Duration { get }

    /// Returns the value of a key, or nil.
    func get(_ context: Context, _ key: String) async throws -> [UInt8]?
    /// Returns the values of several keys. Missing ones are omitted.
    func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues

    /// Sets the value of a key.
    /// - Parameter ttl: the time to live; nil for no limit. Zero or less removes the value.
    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws
    /// Sets the values of several keys. If it fails, some of them may be set.
    func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws

    /// Sets the value of a key if it has none.
    /// - Returns: false if it has one, which is kept.
    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool

    /// Deletes a key.
    /// - Returns: false if there was none.
    @discardableResult
    func delete(_ context: Context, _ key: String) async throws -> Bool
    /// Deletes several keys. If it fails, some of them may be deleted.
    func deleteMany(_ context: Context, _ keys: [String]) async throws

    /// Replaces the value and the time to live of a key if its current value is the expected one.
    /// - Returns: false if the value is another one or missing.
    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool

    /// Deletes a key if its value is the expected one.
    /// - Returns: false if the value is another one or missing.
    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool

    /// Adds to a counter, stored as a decimal string. A missing counter is created with 0 and no time limit. The time
    /// to live of an existing one is unchanged.
    /// - Returns: the sum.
    /// - Throws: BadRequest `NOT_A_NUMBER` for another value, `OUT_OF_RANGE` for a sum beyond the store's range.
    func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64
}

extension KeyValueConnector {
    /// Gets one key after another.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues {
        var values = KeyValues()
        for key in keys where values[key] == nil { values[key] = try await get(context, key) }
        return values
    }

    /// Sets one key after another.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws {
        for (key, value) in values { try await set(context, key, value, ttl: ttl) }
    }

    /// Deletes one key after another.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        for key in keys { try await delete(context, key) }
    }
}
