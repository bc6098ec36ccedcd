public import CoreMetrics

/// A swift-metrics factory that reports to the toolkit's counters.
///
/// Counters become increments, timers become intervals in ms, recorders become statistics, and gauges and meters become
/// last values. The label is the counter's name, and the dimensions become its labels. Counters without labels use the
/// label and the dimension values, joined by dots, as the name. Resetting a counter has no effect, and non-finite
/// values are ignored. Measurements that the toolkit itself sends to swift-metrics are not sent back.
public struct BridgedMetricsFactory: MetricsFactory {
    private let counters: any Counters

    /// Creates a factory.
    public init(_ counters: any Counters) { self.counters = counters }

    /// Creates a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handler(label, dimensions) {
            .increment($0)
        } value: {
            .statistics($0)
        }
    }

    /// Creates a recorder, which keeps statistics, or a gauge, which keeps the last value.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        handler(label, dimensions) {
            .increment($0)
        } value: {
            aggregate ? .statistics($0) : .last($0)
        }
    }

    /// Creates a timer.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        handler(label, dimensions) {
            .increment($0)
        } value: {
            .interval($0)
        }
    }

    /// Does nothing: the toolkit's counters are permanent.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing: the toolkit's counters are permanent.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing: the toolkit's counters are permanent.
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: - Internal

    private func handler(
        _ label: String, _ dimensions: [(String, String)], _ count: @escaping @Sendable (Int) -> CounterUpdate,
        value: @escaping @Sendable (Double) -> CounterUpdate
    ) -> BridgedMetric {
        BridgedMetric(
            counters, name: LabelledName(label, dimensions.map { ($0, $1) }), count: count, value: value)
    }
}

/// One metric, of any kind.
private final class BridgedMetric: CounterHandler, RecorderHandler, TimerHandler {
    private let counters: any Counters
    private let name: LabelledName
    private let count: @Sendable (Int) -> CounterUpdate
    private let value: @Sendable (Double) -> CounterUpdate

    init(
        _ counters: any Counters, name: LabelledName, count: @escaping @Sendable (Int) -> CounterUpdate,
        value: @escaping @Sendable (Double) -> CounterUpdate
    ) {
        self.counters = counters
        self.name = name
        self.count = count
        self.value = value
    }

    func increment(by amount: Int64) { update(count(Int(clamping: amount))) }
    func reset() {}
    func record(_ value: Int64) { update(self.value(Double(value))) }
    func record(_ value: Double) {
        if value.isFinite { update(self.value(value)) }
    }
    func recordNanoseconds(_ duration: Int64) { update(value(Double(duration) / 1_000_000)) }

    private func update(_ update: CounterUpdate) {
        guard !Bridge.isMeasuring else { return }
        Bridge.$isMeasuring.withValue(true) {
            if name.labels.isEmpty { counters.update(name.plain, update) } else { counters.update(name, update) }
        }
    }
}
