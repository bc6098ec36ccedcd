/// A state that was loaded together with others (the toolkit's `StateValue`).
public struct StateValue<Value: Sendable>: Sendable {
    /// What it is stored under.
    public var key: String
    /// The state; nil when there is none.
    public var value: Value?

    /// Creates a value.
    public init(_ key: String, _ value: Value?) {
        self.key = key
        self.value = value
    }
}

extension StateValue: Equatable where Value: Equatable {}
