/// A state store that keeps nothing (the toolkit's `NullStateStore`).
public final class NullStateStore: StateStore, Component {
    /// Creates the store.
    public init() {}

    /// Nil.
    public func load<Value: Codable & Sendable>(_ context: Context, _ key: String, as type: Value.Type) -> Value? {
        nil
    }

    /// Nothing, not even the keys.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) -> [StateValue<Value>] { [] }

    /// Gives the state back.
    @discardableResult
    public func save<Value: Codable & Sendable>(_ context: Context, _ key: String, _ value: Value) -> Value { value }

    /// Nil.
    public func delete<Value: Codable & Sendable>(_ context: Context, _ key: String, as type: Value.Type) -> Value? {
        nil
    }
}
