/// Counters that count nothing (the toolkit's `NullCounters`).
public final class NullCounters: Counters, Component {
    /// Creates the counters.
    public init() {}

    /// The system's clock.
    public var clock: any ClockSource { SystemClock() }
    /// Does nothing.
    public func update(_ name: String, _ update: CounterUpdate) {}
}
