/// What a counter counts (the toolkit's `CounterType`).
public enum CounterType: Int, Sendable, CaseIterable, Encodable {
    /// Times that operations took, in ms.
    case interval
    /// The newest of some values.
    case lastValue
    /// Minimum, maximum and average of some values.
    case statistics
    /// When something happened last.
    case timestamp
    /// How often something happened.
    case increment
}

extension CounterType: CustomStringConvertible {
    /// The name that the other editions write: `INTERVAL`, `LAST`, `STATS`, `TIME` or `COUNT`.
    public var description: String {
        switch self {
        case .interval: "INTERVAL"
        case .lastValue: "LAST"
        case .statistics: "STATS"
        case .timestamp: "TIME"
        case .increment: "COUNT"
        }
    }
}
