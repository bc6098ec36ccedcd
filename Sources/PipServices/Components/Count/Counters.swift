import FoundationEssentials

/// Takes measurements of a running service (the toolkit's `ICounters`).
///
/// Components count through a ``CompositeCounters`` of their own, which reaches all counters of the service.
public protocol Counters: Sendable {
    /// The clock that times are measured with.
    var clock: any ClockSource { get }
    /// Takes a measurement. A name that is used for another kind of counter starts anew.
    func update(_ name: String, _ update: CounterUpdate)
    /// Takes a measurement under a name with labels. By default it counts under ``LabelledName/plain``.
    func update(_ name: LabelledName, _ update: CounterUpdate)
}

extension Counters {
    /// Counts under ``LabelledName/plain``.
    public func update(_ name: LabelledName, _ update: CounterUpdate) { self.update(name.plain, update) }
    /// Starts to measure how long something takes; ``CounterTiming/endTiming()`` counts it under `name`.
    public func beginTiming(_ name: String) -> CounterTiming { CounterTiming(name, self) }
    /// Counts a value for statistics.
    public func stats(_ name: String, _ value: Double) { update(name, .statistics(value)) }
    /// Keeps the newest value.
    public func last(_ name: String, _ value: Double) { update(name, .last(value)) }
    /// Keeps the present moment.
    public func timestampNow(_ name: String) { update(name, .timestamp(clock.now)) }
    /// Keeps a moment.
    public func timestamp(_ name: String, _ value: Date) { update(name, .timestamp(value)) }
    /// Counts one more.
    public func incrementOne(_ name: String) { update(name, .increment(1)) }
    /// Counts some more.
    public func increment(_ name: String, _ value: Int) { update(name, .increment(value)) }
}
