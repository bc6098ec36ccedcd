import FoundationEssentials

/// The values of a performance counter (the toolkit's `Counter`).
public struct Counter: Sendable, Hashable, Encodable {
    /// The counter's name, such as `beacons.get_beacons.exec_time`.
    public var name: String
    /// The type of the counter.
    public var type: CounterType
    /// The latest value.
    public var last: Double?
    /// The number of values or events.
    public var count: Int?
    /// The smallest value.
    public var min: Double?
    /// The largest value.
    public var max: Double?
    /// The average of the values.
    public var average: Double?
    /// The time of the latest event.
    public var time: Date?

    /// Creates a counter without measurements.
    public init(_ name: String, _ type: CounterType) {
        self.name = name
        self.type = type
    }

    /// Records a measurement.
    public mutating func update(_ update: CounterUpdate) {
        switch update {
        case .interval(let value), .statistics(let value):
            let total = (count ?? 0) + 1
            last = value
            average = ((average ?? 0) * Double(total - 1) + value) / Double(total)
            count = total
            min = Swift.min(min ?? value, value)
            max = Swift.max(max ?? value, value)
        case .last(let value): last = value
        case .timestamp(let date): time = date
        case .increment(let value): count = (count ?? 0) &+ value
        }
    }
}
