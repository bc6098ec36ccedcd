/// A cache of values with a time to live (the toolkit's `ICache`).
///
/// Values have any type that is `Codable` and `Sendable`, or are dynamic:
/// ```swift
/// try await cache.store(context, "beacon.1", beacon, timeout: .seconds(30))
/// let beacon = try await cache.retrieve(context, "beacon.1", as: Beacon.self)
/// ```
/// A value may be evicted at any time, even before its timeout. Keys are compared by their code points. All calls are
/// safe from any task.
///
/// Remote caches use keys unchanged unless `options.prefix` is set. A value under the key of a ``Lock`` on the same
/// server breaks that lock, and prevents acquiring it until the value expires.
public protocol Cache: Sendable {
    /// The default time to live; zero for no limit. The default is one minute.
    var entryTimeout: Duration { get }
    /// The engine of ``getOrCompute(_:_:as:timeout:staleFor:_:)`` for concurrent callers; nil by default.
    var engine: CacheEngine? { get }

    /// Returns the value of a key; nil if there is none or it has expired.
    ///
    /// A value that was stored as another type is converted if the JSON forms of both types are compatible.
    /// - Throws: InvalidState `BAD_STORED_VALUE` if it can't be converted; NoResponse if a remote cache can't be
    ///   reached.
    func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?

    /// Stores a value under a key, replacing the existing one. `AnyValue.null` and nil remove it.
    ///
    /// - Parameter timeout: the time to live; nil, zero or less for the cache's default.
    /// - Returns: the value.
    /// - Throws: BadRequest `CANNOT_ENCODE` if a remote cache can't encode it; NoResponse if it can't be reached.
    @discardableResult
    func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value

    /// Removes the value of a key, if there is one.
    /// - Throws: NoResponse if a remote cache can't be reached.
    func remove(_ context: Context, _ key: String) async throws
}

extension Cache {
    /// Returns the value of a key as a dynamic value; nil if there is none or it has expired.
    public func retrieve(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await retrieve(context, key, as: AnyValue.self)
    }

    /// Stores a value with the cache's default time to live.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        try await store(context, key, value, timeout: nil)
    }
}
