/// The type of a counter (the toolkit's `CounterType`).
public enum CounterType: Int, Sendable, CaseIterable, Encodable {
    /// Durations of operations, in ms.
    case interval
    /// The latest value.
    case lastValue
    /// Minimum, maximum and average of values.
    case statistics
    /// The time of the latest event.
    case timestamp
    /// The number of events.
    case increment
}

extension CounterType: CustomStringConvertible {
    /// The name in other editions: `INTERVAL`, `LAST`, `STATS`, `TIME` or `COUNT`.
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
