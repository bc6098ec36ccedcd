#if PIP_AZURE
import FoundationEssentials

/// Counters that are sent to Azure Application Insights as metrics (the toolkit's `AppInsightsCounters`).
///
/// The value of a metric is that of its counter: the count, the average, the last value, or the time in ms. While open,
/// all counters are sent every `options.interval` if one has changed, and once more at closing. Only the first of
/// consecutive failures is logged. Counters are kept after a failure, so the next request includes their measurements.
///
/// Safe to use from any task.
public final class AppInsightsCounters: Counters, Component, Openable, Checkable {
    private let sourceSetting = Setting<String?>(
        "source", default: nil, "The source of metrics; the service's name by default")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")
    private let logger = CompositeLogger()
    private let cache = CachedCounters()
    private let clockSlot = ClockSlot()
    private let sender = InsightsSender()
    private let timer = Locked<Task<Void, Never>?>(nil)
    private let isFailing = Locked(false)
    private static let closeTimeout = Duration.seconds(30)

    /// Creates the counters.
    public init() {}

    /// The service's clock.
    public var clock: any ClockSource { clockSlot() }

    /// Records a measurement. Never waits and never fails.
    public func update(_ name: String, _ update: CounterUpdate) {
        // Measurements of sending itself would cause the next sending.
        if !CachedSink.isSaving { cache.update(name, update) }
    }

    /// All counters, in the order in which they were first used.
    public var all: [Counter] { cache.all }

    /// The counter with a name; nil if it has no measurements.
    public subscript(name: String) -> Counter? { cache[name] }

    /// Removes all counters.
    public func clearAll() { cache.clearAll() }

    /// Sends all counters now if one has changed, and waits for the result (the toolkit's `dump`).
    public func dump() async {
        guard sender.client.isOpen, let counters = cache.takeChanged() else { return }
        do {
            try await CachedSink.$isSaving.withValue(true) { try await save(counters) }
            isFailing.withLock { $0 = false }
        } catch {
            let isNew = isFailing.withLock { isFailing in
                defer { isFailing = true }
                return !isFailing
            }
            // Marked as changed, so that the next dump sends them.
            cache.noteChanged()
            let cause = (error as? UnsavedItems<Counter>)?.cause ?? error
            if isNew { logger.error(.empty, error: cause, "Failed to save counters to Application Insights") }
        }
    }

    /// True while the counters are open.
    public var isOpen: Bool { sender.client.isOpen }

    /// Resolves the address and the key, and starts sending counters periodically.
    /// - Throws: as ``AppInsightsLogger/open(_:)``.
    public func open(_ context: Context) async throws {
        try await sender.open(context)
        timer.withLock { timer in
            guard timer == nil else { return }
            timer = Task.detached { [weak self, clockSlot] in
                while let interval = self?.cache.dumpInterval, !Task.isCancelled {
                    try? await clockSlot.sleep(for: max(.milliseconds(1), interval))
                    guard !Task.isCancelled else { return }
                    await self?.dump()
                }
            }
        }
    }

    /// Checks the configuration, unless a part of it comes from a discovery service or a credential store.
    /// - Throws: as ``open(_:)``.
    public func checkConfiguration(_ context: Context) async throws { try await sender.checkConfiguration(context) }

    /// Sends the counters a last time.
    public func close(_ context: Context) async throws {
        let timer = timer.withLock { timer in
            defer { timer = nil }
            return timer
        }
        timer?.cancel()
        try await cleanUp(context, within: Self.closeTimeout, clock: clock) { _ in await self.dump() }
        sender.client.close()
    }

    // MARK: - Internal

    private func save(_ counters: [Counter]) async throws {
        let (now, source, instance) = (clock.now, sourceSetting() ?? info()?.name, info()?.contextId)
        try await sender.send(counters) { counter, key in
            InsightsTelemetry.metric(counter, key: key, time: now, source: source, instance: instance)
        }
    }
}
#endif
