/// Keeps values for a while, so that they need not be computed or fetched again (the toolkit's `ICache`).
///
/// Values are of any type that is `Codable` and `Sendable`, or dynamic:
/// ```swift
/// try await cache.store(context, "beacon.1", beacon, timeout: .seconds(30))
/// let beacon = try await cache.retrieve(context, "beacon.1", as: Beacon.self)
/// ```
/// A value may be gone at any time, also before its timeout. Keys are compared letter by letter. All calls are safe from
/// any task.
///
/// Without `options.prefix`, remote caches do not change keys: a value that is stored under the key of a ``Lock`` on the same
/// server gives that lock away, and keeps it from being acquired until the value expires.
public protocol Cache: Sendable {
    /// How long a value is kept when its user does not say; zero for ever. One minute by default.
    var entryTimeout: Duration { get }
    /// What ``getOrCompute(_:_:as:timeout:staleFor:_:)`` uses for concurrent callers; nil by default.
    var engine: CacheEngine? { get }

    /// The value of a key; nil when there is none or it has expired.
    ///
    /// A value that was stored as another type is converted, as far as the forms of both in JSON agree.
    /// - Throws: InvalidState `BAD_STORED_VALUE` when it can't be; NoResponse when a remote cache can't be reached.
    func retrieve<Value: Codable & Sendable>(
        _ context: Context, _ key: String, as type: Value.Type
    ) async throws -> Value?

    /// Keeps a value under a key, replacing what is there. `AnyValue.null` and nil remove it.
    ///
    /// - Parameter timeout: how long it is kept; nil, zero or less for the cache's own.
    /// - Returns: the value.
    /// - Throws: BadRequest `CANNOT_ENCODE` when a remote cache can't write it; NoResponse when it can't be reached.
    @discardableResult
    func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) async throws -> Value

    /// Removes the value of a key, if there is one.
    /// - Throws: NoResponse when a remote cache can't be reached.
    func remove(_ context: Context, _ key: String) async throws
}

extension Cache {
    /// The value of a key as a dynamic one; nil when there is none or it has expired.
    public func retrieve(_ context: Context, _ key: String) async throws -> AnyValue? {
        try await retrieve(context, key, as: AnyValue.self)
    }

    /// Keeps a value for as long as the cache keeps values.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value
    ) async throws -> Value {
        try await store(context, key, value, timeout: nil)
    }
}
