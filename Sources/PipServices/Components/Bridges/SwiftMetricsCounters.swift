public import CoreMetrics
import FoundationEssentials

/// Counters that report to the bootstrapped backend of swift-metrics.
///
/// Increments become counters, intervals become timers, and statistics become recorders. Last values and timestamps (in
/// seconds since 1970) become gauges. Names are unchanged. Negative increments are ignored, because swift-metrics
/// counters can't decrease, and so are non-finite values. Measurements that came from swift-metrics are not sent back.
public final class SwiftMetricsCounters: Counters, Component {
    private struct Key: Hashable {
        let name: ScalarText
        let type: CounterType
    }

    private enum Metric: Sendable {
        case counter(any CounterHandler)
        case timer(any TimerHandler)
        case recorder(any RecorderHandler)
    }

    private let clockSlot = ClockSlot()
    private let factory: (any MetricsFactory)?
    private let metrics = Locked<[Key: Metric]>([:])

    /// Creates counters. Without `factory`, they use that of `MetricsSystem` when a name is first used.
    public init(_ factory: (any MetricsFactory)? = nil) {
        self.factory = factory
    }

    /// The clock of the service.
    public var clock: any ClockSource { clockSlot() }

    /// Records a measurement. Only the first 100,000 names are counted.
    public func update(_ name: String, _ update: CounterUpdate) {
        guard !Bridge.isMeasuring else { return }
        Bridge.$isMeasuring.withValue(true) {
            guard let metric = metric(name, update.type) else { return }
            switch (metric, update) {
            case (.counter(let counter), .increment(let amount)) where amount > 0:
                counter.increment(by: Int64(clamping: amount))
            case (.timer(let timer), .interval(let milliseconds)):
                if let nanoseconds = Int64(exactly: (milliseconds * 1_000_000).rounded()) {
                    timer.recordNanoseconds(nanoseconds)
                }
            case (.recorder(let recorder), .statistics(let value)), (.recorder(let recorder), .last(let value)):
                if value.isFinite { recorder.record(value) }
            case (.recorder(let recorder), .timestamp(let date)): recorder.record(date.timeIntervalSince1970)
            default: break
            }
        }
    }

    // MARK: - Internal

    /// Returns the metric with a name; nil if there are too many names.
    private func metric(_ name: String, _ type: CounterType) -> Metric? {
        let key = Key(name: ScalarText(name), type: type)
        let (known, count) = metrics.withLock { ($0[key], $0.count) }
        if let known { return known }
        guard count < CounterTable.nameLimit else { return nil }
        // Outside the lock, because it calls a foreign factory.
        let factory = factory ?? MetricsSystem.factory
        let made: Metric =
            switch type {
            case .increment: .counter(factory.makeCounter(label: name, dimensions: []))
            case .interval: .timer(factory.makeTimer(label: name, dimensions: []))
            case .statistics: .recorder(factory.makeRecorder(label: name, dimensions: [], aggregate: true))
            case .lastValue, .timestamp:
                .recorder(factory.makeRecorder(label: name, dimensions: [], aggregate: false))
            }
        return metrics.withLock { metrics in
            if let metric = metrics[key] { return metric }
            metrics[key] = made
            return made
        }
    }
}
