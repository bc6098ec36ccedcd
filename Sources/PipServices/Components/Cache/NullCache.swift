/// A cache that stores nothing (the toolkit's `NullCache`).
public final class NullCache: Cache, Component {
    /// Creates the cache.
    public init() {}

    /// Returns nil.
    public func retrieve<Value: Codable & Sendable>(_ context: Context, _ key: String, as type: Value.Type) -> Value? {
        nil
    }

    /// Returns the value.
    @discardableResult
    public func store<Value: Codable & Sendable>(
        _ context: Context, _ key: String, _ value: Value, timeout: Duration?
    ) -> Value { value }

    /// Does nothing.
    public func remove(_ context: Context, _ key: String) {}
}
