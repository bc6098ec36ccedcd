import Synchronization

/// Keeps measurements in memory between saves: the engine of counters (the toolkit's `CachedCounters`).
///
/// Use it as a child component: pass measurements to it, and save the result of ``takeDue()``.
public final class CachedCounters: Component {
    private let interval = Setting(
        "options.interval", aliases: ["interval"], default: Duration.milliseconds(300_000), in: Duration.zero...,
        "The interval at which measurements are written, in ms; 0 to write each immediately")
    private let resetTimeout = Setting(
        "options.reset_timeout", aliases: ["reset_timeout"], default: Duration.zero, in: Duration.zero...,
        "The time after which measurements are reset, in ms; 0 for never")
    private let clock = ClockSlot()

    private struct Times {
        var lastDump: Duration?
        var lastReset: Duration?
    }

    private let table = CounterTable()
    private let isChanged = Atomic<Bool>(false)
    private let times = Locked(Times())

    /// Creates the engine.
    public init() {}

    /// Records a measurement. Only the first 100,000 names are counted.
    public func update(_ name: String, _ update: CounterUpdate) {
        if resetTimeout() > .zero { resetIfDue() }
        table.update(name, update)
        // After the update, because the flag is cleared before the counters are read. Sequentially consistent like the
        // accesses in `CounterCell`: otherwise a processor could load the flag before it adds.
        if !isChanged.load(ordering: .sequentiallyConsistent) { isChanged.store(true, ordering: .releasing) }
    }

    /// All counters, in the order of their first use.
    public var all: [Counter] {
        resetIfDue()
        return table.counters
    }

    /// The counter with a name; nil if nothing was measured.
    public subscript(name: String) -> Counter? {
        resetIfDue()
        return table[name]
    }

    /// Resets one counter.
    public func clear(_ name: String) { table.clear(name) }

    /// Resets all counters.
    public func clearAll() {
        // First: an update during the reset sets it again.
        isChanged.store(false, ordering: .sequentiallyConsistent)
        table.clearAll()
    }

    /// The interval between saves.
    public var dumpInterval: Duration { interval() }

    /// Returns the counters if the interval has passed since the last call that returned them and something has
    /// changed; otherwise nil. The first interval starts with the first call.
    public func takeDue() -> [Counter]? {
        let now = clock.uptime
        let interval = interval()
        let isDue = times.withLock { times in
            guard let last = times.lastDump else {
                times.lastDump = now
                return false
            }
            return now - last > interval
        }
        return isDue ? takeChanged() : nil
    }

    /// Returns the counters if something has changed since they were last returned; otherwise nil.
    public func takeChanged() -> [Counter]? {
        guard isChanged.exchange(false, ordering: .sequentiallyConsistent) else { return nil }
        let now = clock.uptime
        times.withLock { $0.lastDump = now }
        return table.counters
    }

    // MARK: - Internal

    /// Marks the counters as changed after a failed save.
    func noteChanged() { isChanged.store(true, ordering: .releasing) }

    private func resetIfDue() {
        if takeResetDue() { table.clearAll() }
    }

    /// Returns true each time `options.reset_timeout` has passed.
    func takeResetDue() -> Bool {
        let timeout = resetTimeout()
        guard timeout > .zero else { return false }
        let now = clock.uptime
        return times.withLock { times in
            guard let last = times.lastReset else {
                times.lastReset = now
                return false
            }
            guard now - last > timeout else { return false }
            times.lastReset = now
            return true
        }
    }
}
