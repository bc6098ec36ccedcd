import Synchronization

/// Counters that are written to the service's loggers from time to time, and at the end (the toolkit's `LogCounters`).
///
/// While open they are written every `options.interval` when something changed, one line of level `info` each; else when
/// a measurement comes after the interval has passed.
public final class LogCounters: Counters, Component, Openable {
    private let logger = CompositeLogger()
    private let cache = CachedCounters()
    private let clockSlot = ClockSlot()
    private let timer = Locked<Task<Void, Never>?>(nil)
    private let hasTimer = Atomic<Bool>(false)

    /// Creates the counters.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Takes a measurement, and writes all of them if that is due.
    public func update(_ name: String, _ update: CounterUpdate) {
        cache.update(name, update)
        // The clock is not asked at each measurement where there is a timer.
        if !hasTimer.load(ordering: .relaxed), let due = cache.takeDue() { write(due) }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] { cache.all }

    /// A counter by its name; nil when nothing was measured under it.
    public subscript(name: String) -> Counter? { cache[name] }

    /// Writes all counters now, if something changed since.
    public func dump() {
        if let changed = cache.takeChanged() { write(changed) }
    }

    /// True while counters are written by the clock.
    public var isOpen: Bool { hasTimer.load(ordering: .relaxed) }

    /// Starts to write counters by the clock.
    public func open(_ context: Context) async throws {
        timer.withLock { timer in
            guard timer == nil else { return }
            timer = Task.detached { [weak self, clockSlot] in
                while let interval = self?.cache.dumpInterval, !Task.isCancelled {
                    try? await clockSlot.sleep(for: max(.milliseconds(1), interval))
                    guard !Task.isCancelled else { return }
                    self?.dump()
                }
            }
            hasTimer.store(true, ordering: .relaxed)
        }
    }

    /// Writes the counters a last time.
    public func close(_ context: Context) async throws {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
            hasTimer.store(false, ordering: .relaxed)
        }
        dump()
    }

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
