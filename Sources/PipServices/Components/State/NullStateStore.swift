/// A state store that stores nothing (the toolkit's `NullStateStore`).
public final class NullStateStore: StateStore, Component {
    /// Creates the store.
    public init() {}

    /// Returns nil.
    public func load<Value: Codable & Sendable>(_ context: Context, _ key: String, as type: Value.Type) -> Value? {
        nil
    }

    /// Returns an empty list, without entries for the keys.
    public func loadBulk<Value: Codable & Sendable>(
        _ context: Context, _ keys: [String], as type: Value.Type
    ) -> [StateValue<Value>] { [] }

    /// Returns the state.
    @discardableResult
    public func save<Value: Codable & Sendable>(_ context: Context, _ key: String, _ value: Value) -> Value { value }

    /// Returns nil.
    public func delete<Value: Codable & Sendable>(_ context: Context, _ key: String, as type: Value.Type) -> Value? {
        nil
    }
}
