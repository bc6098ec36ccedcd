import FoundationEssentials

/// What a performance counter has measured so far (the toolkit's `Counter`).
public struct Counter: Sendable, Hashable, Encodable {
    /// The counter's name, such as `beacons.get_beacons.exec_time`.
    public var name: String
    /// What it counts.
    public var type: CounterType
    /// The newest value.
    public var last: Double?
    /// How many values there were, or how often something happened.
    public var count: Int?
    /// The smallest value.
    public var min: Double?
    /// The largest value.
    public var max: Double?
    /// The average of the values.
    public var average: Double?
    /// When something happened last.
    public var time: Date?

    /// Creates a counter that has measured nothing.
    public init(_ name: String, _ type: CounterType) {
        self.name = name
        self.type = type
    }

    /// Takes a measurement.
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
