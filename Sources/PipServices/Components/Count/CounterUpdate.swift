import FoundationEssentials

/// One measurement for a counter.
public enum CounterUpdate: Sendable, Hashable {
    /// A time that an operation took, in ms.
    case interval(Double)
    /// A value for statistics.
    case statistics(Double)
    /// A value of which only the newest counts.
    case last(Double)
    /// A moment at which something happened.
    case timestamp(Date)
    /// How often something happened.
    case increment(Int)

    /// What kind of counter takes it.
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
