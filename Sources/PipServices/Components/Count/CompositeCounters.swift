/// Passes measurements on to all counters of the service (the toolkit's `CompositeCounters`).
///
/// The counters that components hold: `let counters = CompositeCounters()`.
public final class CompositeCounters: Counters, Component {
    private let counters = Dependencies<any Counters>("counters", ["*:counters:*:*:*"]) {
        type(of: $0) != CompositeCounters.self
    }
    private let clockSlot = ClockSlot()

    /// Creates the counters.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Passes a measurement on.
    public func update(_ name: String, _ update: CounterUpdate) {
        for counters in counters() { counters.update(name, update) }
    }

    /// Passes a measurement with labels on.
    public func update(_ name: LabelledName, _ update: CounterUpdate) {
        for counters in counters() { counters.update(name, update) }
    }

    // MARK: - Internal

    /// True when nobody counts, so that measuring can be spared.
    var isIdle: Bool { counters().isEmpty }
}
