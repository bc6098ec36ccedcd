import FoundationEssentials

/// Keeps measurements in memory and gives them away from time to time: the engine of counters (the toolkit's
/// `CachedCounters`).
///
/// A component holds it as a child, passes measurements to it, and saves what ``takeDue()`` gives.
public final class CachedCounters: Component {
    private let interval = Setting(
        "options.interval", aliases: ["interval"], default: Duration.milliseconds(300_000),
        "How long measurements are kept before they are written, in ms")
    private let resetTimeout = Setting(
        "options.reset_timeout", aliases: ["reset_timeout"], default: Duration.zero,
        "After how long measurements start anew, in ms; 0 for never")
    private let clock = ClockSlot()

    private struct State: Sendable {
        var counters: [String: Counter] = [:]
        var order: [String] = []
        var isChanged = false
        var lastDump: Duration?
        var lastReset: Duration?
    }

    private let state = Locked(State())

    /// Creates the engine.
    public init() { SlotCollector.declare(self, slots: [interval, resetTimeout, clock]) }

    /// Takes a measurement.
    public func update(_ name: String, _ update: CounterUpdate) {
        let now = clock.uptime
        state.withLock { state in
            resetIfDue(&state, now)
            if state.lastDump == nil { state.lastDump = now }
            if var counter = state.counters[name], counter.type == update.type {
                // Taken out while it changes, so that the update happens in place.
                state.counters[name] = nil
                counter.update(update)
                state.counters[name] = counter
            } else {
                var counter = Counter(name, update.type)
                counter.update(update)
                if state.counters.updateValue(counter, forKey: name) == nil { state.order.append(name) }
            }
            state.isChanged = true
        }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] {
        let now = clock.uptime
        return state.withLock { state in
            resetIfDue(&state, now)
            return state.order.compactMap { state.counters[$0] }
        }
    }

    /// Forgets one counter.
    public func clear(_ name: String) {
        state.withLock { state in
            state.counters[name] = nil
            state.order.removeAll { $0 == name }
        }
    }

    /// Forgets all counters.
    public func clearAll() {
        state.withLock { state in
            state.counters = [:]
            state.order = []
            state.isChanged = false
        }
    }

    /// The counters when the interval has passed since they were last given and something changed; else nil.
    public func takeDue() -> [Counter]? {
        let now = clock.uptime
        let interval = interval()
        return state.withLock { state in
            guard state.isChanged, let last = state.lastDump, now - last > interval else { return nil }
            return take(&state, now)
        }
    }

    /// The counters when something changed since they were last given; else nil.
    public func takeChanged() -> [Counter]? {
        let now = clock.uptime
        return state.withLock { state in state.isChanged ? take(&state, now) : nil }
    }

    // MARK: - Internal

    private func take(_ state: inout State, _ now: Duration) -> [Counter] {
        state.lastDump = now
        state.isChanged = false
        return state.order.compactMap { state.counters[$0] }
    }

    private func resetIfDue(_ state: inout State, _ now: Duration) {
        let timeout = resetTimeout()
        guard timeout > .zero else { return }
        guard let last = state.lastReset else {
            state.lastReset = now
            return
        }
        guard now - last > timeout else { return }
        state.lastReset = now
        state.counters = [:]
        state.order = []
    }
}
