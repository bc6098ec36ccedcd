import FoundationEssentials

/// One measurement for a counter.
public enum CounterUpdate: Sendable, Hashable {
    /// The duration of an operation, in ms.
    case interval(Double)
    /// A value for statistics.
    case statistics(Double)
    /// A value that replaces the previous one.
    case last(Double)
    /// The time of an event.
    case timestamp(Date)
    /// A number of events.
    case increment(Int)

    /// The type of counter that records it.
    public var type: CounterType {
        switch self {
        case .interval: .interval
        case .statistics: .statistics
        case .last: .lastValue
        case .timestamp: .timestamp
        case .increment: .increment
        }
    }
}
