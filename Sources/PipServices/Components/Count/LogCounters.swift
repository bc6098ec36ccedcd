import Synchronization

/// Counters that are written to the service's loggers periodically and on close (the toolkit's `LogCounters`).
///
/// While open, they are written every `options.interval`; otherwise with the first measurement after the interval. Each
/// counter that has changed since the last write is one message of level `info` with these fields: `name`, `type` as
/// ``CounterType/description``, and of `last`, `count`, `min`, `max`, `avg` and `time` those with a value.
public final class LogCounters: Counters, Component, Openable {
    private let logger = CompositeLogger()
    private let cache = CachedCounters()
    private let clockSlot = ClockSlot()
    private let timer = Locked<Task<Void, Never>?>(nil)
    private let hasTimer = Atomic<Bool>(false)
    /// The values last written, by counter name.
    private let written = Locked<[ScalarText: Counter]>([:])

    /// Creates the counters.
    public init() {}

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Records a measurement, and writes the changed counters if the interval has passed.
    public func update(_ name: String, _ update: CounterUpdate) {
        cache.update(name, update)
        // With a timer, the clock is not read at each measurement.
        if !hasTimer.load(ordering: .relaxed), let due = cache.takeDue() { write(due) }
    }

    /// All counters, in the order of their first use.
    public var all: [Counter] { cache.all }

    /// The counter with a name; nil if nothing was measured.
    public subscript(name: String) -> Counter? { cache[name] }

    /// Resets all counters.
    public func clearAll() { cache.clearAll() }

    /// Writes the changed counters now.
    public func dump() {
        if let changed = cache.takeChanged() { write(changed) }
    }

    /// True while counters are written periodically.
    public var isOpen: Bool { hasTimer.load(ordering: .relaxed) }

    /// Starts writing counters periodically.
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
        let changed = written.withLock { written -> [Counter] in
            let changed = counters.filter { written[ScalarText($0.name)] != $0 }
            written = Dictionary(counters.map { (ScalarText($0.name), $0) }, uniquingKeysWith: { $1 })
            return changed
        }
        for counter in changed.sorted(by: { $0.name < $1.name }) {
            logger.info(.empty, "Counter \(counter.name)", Self.fields(of: counter))
        }
    }

    private static func fields(of counter: Counter) -> AnyValueMap {
        var fields: AnyValueMap = ["name": .string(counter.name), "type": .string(counter.type.description)]
        func add(_ name: String, _ value: AnyValue?) {
            if let value { fields[name] = value }
        }
        add("last", counter.last.map(AnyValue.double))
        add("count", counter.count.map { .integer(Int64($0)) })
        add("min", counter.min.map(AnyValue.double))
        add("max", counter.max.map(AnyValue.double))
        add("avg", counter.average.map(AnyValue.double))
        add("time", counter.time.map(AnyValue.date))
        return fields
    }
}
