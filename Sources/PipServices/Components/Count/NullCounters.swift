/// Counters that record nothing (the toolkit's `NullCounters`).
public final class NullCounters: Counters, Component {
    /// Creates the counters.
    public init() {}

    /// The system clock.
    public var clock: any ClockSource { SystemClock() }
    /// Does nothing.
    public func update(_ name: String, _ update: CounterUpdate) {}
}
