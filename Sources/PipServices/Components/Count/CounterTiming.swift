/// A running measurement of a duration (the toolkit's `CounterTiming`).
public struct CounterTiming: Sendable {
    private let name: String
    private let counters: any Counters
    private let start: Duration

    init(_ name: String, _ counters: any Counters) {
        self.name = name
        self.counters = counters
        start = counters.clock.uptime
    }

    /// Ends the measurement and records the time in ms. Consumes the timing, so that it can't end twice.
    public consuming func endTiming() {
        counters.update(name, .interval((counters.clock.uptime - start).milliseconds))
    }
}
