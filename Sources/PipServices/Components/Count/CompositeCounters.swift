/// Forwards measurements to all counters of the service (the toolkit's `CompositeCounters`).
///
/// Use it as a child component: `let counters = CompositeCounters()`.
public final class CompositeCounters: Counters, Component {
    private let counters = Dependencies<any Counters>("counters", ["*:counters:*:*:*"]) {
        type(of: $0) != CompositeCounters.self
    }
    private let clockSlot = ClockSlot()

    /// Creates the counters.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Forwards a measurement.
    public func update(_ name: String, _ update: CounterUpdate) {
        for counters in counters() { counters.update(name, update) }
    }

    /// Forwards a measurement with labels.
    public func update(_ name: LabelledName, _ update: CounterUpdate) {
        for counters in counters() { counters.update(name, update) }
    }

    // MARK: - Internal

    /// True if the service has no counters, so that measuring can be skipped.
    var isIdle: Bool { counters().isEmpty }
}
