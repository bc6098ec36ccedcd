/// One entry of a bulk load (the toolkit's `StateValue`).
public struct StateValue<Value: Sendable>: Sendable {
    /// The key of the state.
    public var key: String
    /// The state, or nil.
    public var value: Value?

    /// Creates an entry.
    public init(_ key: String, _ value: Value?) {
        self.key = key
        self.value = value
    }
}

extension StateValue: Equatable where Value: Equatable {}
