import Synchronization

/// Keeps measurements in memory and gives them away from time to time: the engine of counters (the toolkit's
/// `CachedCounters`).
///
/// A component holds it as a child, passes measurements to it, and saves what ``takeDue()`` gives.
public final class CachedCounters: Component {
    private let interval = Setting(
        "options.interval", aliases: ["interval"], default: Duration.milliseconds(300_000), in: Duration.zero...,
        "How long measurements are kept before they are written, in ms; 0 for whenever one comes")
    private let resetTimeout = Setting(
        "options.reset_timeout", aliases: ["reset_timeout"], default: Duration.zero, in: Duration.zero...,
        "After how long measurements start anew, in ms; 0 for never")
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

    /// Adds a measurement. There are at most 100,000 names; further ones are not counted.
    public func update(_ name: String, _ update: CounterUpdate) {
        if resetTimeout() > .zero { resetIfDue() }
        table.update(name, update)
        // After the update: the flag is cleared before the counters are read. Sequentially consistent, as the accesses of
        // `CounterCell` are: otherwise a processor could load the flag before it adds.
        if !isChanged.load(ordering: .sequentiallyConsistent) { isChanged.store(true, ordering: .releasing) }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] {
        resetIfDue()
        return table.counters
    }

    /// A counter by its name; nil when nothing was measured under it.
    public subscript(name: String) -> Counter? {
        resetIfDue()
        return table[name]
    }

    /// Forgets one counter.
    public func clear(_ name: String) { table.clear(name) }

    /// Forgets all counters.
    public func clearAll() {
        // First: an update that comes while the counters are cleared sets it again.
        isChanged.store(false, ordering: .sequentiallyConsistent)
        table.clearAll()
    }

    /// How long counters are kept before they are given.
    public var dumpInterval: Duration { interval() }

    /// The counters when the interval has passed since they were last given and something changed; else nil. The first
    /// time counts from the first time that this is asked.
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

    /// The counters when something changed since they were last given; else nil.
    public func takeChanged() -> [Counter]? {
        guard isChanged.exchange(false, ordering: .sequentiallyConsistent) else { return nil }
        let now = clock.uptime
        times.withLock { $0.lastDump = now }
        return table.counters
    }

    // MARK: - Internal

    /// Makes the counters count as changed, after a save that failed.
    func noteChanged() { isChanged.store(true, ordering: .releasing) }

    private func resetIfDue() {
        if takeResetDue() { table.clearAll() }
    }

    /// True once each time that `options.reset_timeout` has passed.
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
