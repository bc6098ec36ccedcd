/// What the toolkit needs of a store of values by key, such as Redis or Memcached: cache, lock and state store stand on it.
///
/// Values are bytes, keys are texts that go to the store as they are. Each call is one atomic step of the store, but for
/// those on many keys. All calls are safe from any task; a task that is cancelled stops waiting, and whether the store
/// still carried the call out is then unknown. Calls throw NoResponse errors when the store can't be reached or does not
/// answer in time, and BadRequest errors for keys and values that it can't hold.
///
/// A connector that opens a connection is a ``Component`` too: who holds it configures, opens and closes it.
public protocol KeyValueConnector: Sendable {
    /// What the store can do beyond what all can.
    var capabilities: KeyValueCapabilities { get }
    /// How exact times to live are. They are rounded up to it and end no earlier than asked for.
    var ttlResolution: Duration { get }

    /// The value of a key; nil when there is none.
    func get(_ context: Context, _ key: String) async throws -> [UInt8]?
    /// The values of several keys; missing ones are left out.
    func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues

    /// Sets the value of a key.
    /// - Parameter ttl: how long it lives; nil for ever. One of zero or less leaves no value.
    func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws
    /// Sets the values of several keys. When it fails, some of them may be set.
    func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws

    /// Sets the value of a key that has none.
    /// - Returns: false when there is one; it is left alone.
    func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool

    /// Deletes a key.
    /// - Returns: false when there was none.
    @discardableResult
    func delete(_ context: Context, _ key: String) async throws -> Bool
    /// Deletes several keys. When it fails, some of them may be deleted.
    func deleteMany(_ context: Context, _ keys: [String]) async throws

    /// Replaces the value of a key, and its time to live, if the value is the one expected.
    /// - Returns: false when it is another, or there is none.
    func compareAndSet(
        _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
    ) async throws -> Bool

    /// Deletes a key if its value is the one expected.
    /// - Returns: false when it is another, or there is none.
    func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool

    /// Adds to a counter, which is a decimal number as text; a missing one counts as 0 and lives for ever. The time to live
    /// of one that is there stays as it is.
    /// - Returns: the sum.
    /// - Throws: BadRequest `NOT_A_NUMBER` for a value that is none, `OUT_OF_RANGE` for a sum beyond the store's range.
    func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64
}

extension KeyValueConnector {
    /// Asks for one key after the other.
    public func getMany(_ context: Context, _ keys: [String]) async throws -> KeyValues {
        var values = KeyValues()
        for key in keys where values[key] == nil { values[key] = try await get(context, key) }
        return values
    }

    /// Sets one key after the other.
    public func setMany(_ context: Context, _ values: KeyValues, ttl: Duration?) async throws {
        for (key, value) in values { try await set(context, key, value, ttl: ttl) }
    }

    /// Deletes one key after the other.
    public func deleteMany(_ context: Context, _ keys: [String]) async throws {
        for key in keys { try await delete(context, key) }
    }
}
