import FoundationEssentials

/// Records measurements of a running service (the toolkit's `ICounters`).
///
/// A component measures through its own ``CompositeCounters``, which forwards to all counters of the service.
public protocol Counters: Sendable {
    /// The clock for measuring durations.
    var clock: any ClockSource { get }
    /// Records a measurement. If the name is in use for another type of counter, that counter is reset.
    func update(_ name: String, _ update: CounterUpdate)
    /// Records a measurement under a name with labels. By default it uses ``LabelledName/plain``.
    func update(_ name: LabelledName, _ update: CounterUpdate)
}

extension Counters {
    /// Records a measurement under ``LabelledName/plain``.
    public func update(_ name: LabelledName, _ update: CounterUpdate) { self.update(name.plain, update) }
    /// Starts measuring a duration. ``CounterTiming/endTiming()`` records it under `name`.
    public func beginTiming(_ name: String) -> CounterTiming { CounterTiming(name, self) }
    /// Records a value for statistics.
    public func stats(_ name: String, _ value: Double) { update(name, .statistics(value)) }
    /// Records the latest value.
    public func last(_ name: String, _ value: Double) { update(name, .last(value)) }
    /// Records the current time.
    public func timestampNow(_ name: String) { update(name, .timestamp(clock.now)) }
    /// Records a time.
    public func timestamp(_ name: String, _ value: Date) { update(name, .timestamp(value)) }
    /// Adds 1 to a counter.
    public func incrementOne(_ name: String) { update(name, .increment(1)) }
    /// Adds a number to a counter.
    public func increment(_ name: String, _ value: Int) { update(name, .increment(value)) }
}
