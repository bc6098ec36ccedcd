/// Counters that are written to the service's loggers from time to time, and at the end (the toolkit's `LogCounters`).
///
/// They are written when a measurement comes after `options.interval` has passed, one line of level `info` each.
public final class LogCounters: Counters, Component, Openable {
    private let logger = CompositeLogger()
    private let cache = CachedCounters()
    private let clockSlot = ClockSlot()

    /// Creates the counters.
    public init() { SlotCollector.declare(self, slots: [clockSlot], children: [logger, cache]) }

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Takes a measurement, and writes all of them if that is due.
    public func update(_ name: String, _ update: CounterUpdate) {
        cache.update(name, update)
        if let due = cache.takeDue() { write(due) }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] { cache.all }

    /// Writes all counters now, if something changed since.
    public func dump() {
        if let changed = cache.takeChanged() { write(changed) }
    }

    /// Does nothing: there is nothing to open.
    public func open(_ context: Context) async throws {}

    /// Writes the counters a last time.
    public func close(_ context: Context) async throws { dump() }

    // MARK: - Internal

    private func write(_ counters: [Counter]) {
        for counter in counters.sorted(by: { $0.name < $1.name }) {
            logger.info(.empty, "Counter \(counter.name) \(Self.text(of: counter))")
        }
    }

    static func text(of counter: Counter) -> String {
        var parts = ["\"type\": \(counter.type.rawValue)"]
        func add(_ name: String, _ value: Double?) {
            if let value { parts.append("\"\(name)\": \(StringConverter.toString(value))") }
        }
        add("last", counter.last)
        add("count", counter.count.map { Double($0) })
        add("min", counter.min)
        add("max", counter.max)
        add("avg", counter.average)
        if let time = counter.time { parts.append("\"time\": \(ISODate.format(time))") }
        return "{ " + parts.joined(separator: ", ") + " }"
    }
}
