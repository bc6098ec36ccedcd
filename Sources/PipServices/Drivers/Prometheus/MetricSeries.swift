import FoundationEssentials
import Synchronization

/// One series: a counter, a gauge or a histogram with its labels. Safe to use from any thread; counters and gauges are
/// lock-free.
final class MetricSeries: Sendable {
    /// The labels in text form, without braces.
    let labels: String
    private let number = Atomic<Int>(0)
    private let value = Atomic<UInt64>(0)
    private let hasValue = Atomic<Bool>(false)
    private let histogram: Locked<HistogramState>?
    private let bounds: [Double]

    /// - Parameter bounds: the upper bounds of a histogram's buckets in ascending order; nil for a counter or a gauge.
    init(labels: String, bounds: [Double]?) {
        self.labels = labels
        self.bounds = bounds ?? []
        histogram = bounds.map { Locked(HistogramState(buckets: $0.count + 1)) }
    }

    /// Adds to a counter.
    @inline(__always)
    func add(_ amount: Int) { number.wrappingAdd(amount, ordering: .relaxed) }

    /// Sets a gauge.
    func set(_ newValue: Double) {
        value.store(newValue.bitPattern, ordering: .relaxed)
        hasValue.store(true, ordering: .releasing)
    }

    /// Adds a value to a histogram.
    /// - Parameter exemplar: creates an exemplar; called at most once per second and bucket.
    func observe(_ value: Double, at now: Duration, exemplar: () -> MetricExemplar?) {
        guard let histogram, value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        let wantsExemplar = histogram.withLock { state in
            state.counts[bucket] &+= 1
            state.sum += value
            guard now >= state.nextExemplars[bucket] else { return false }
            state.nextExemplars[bucket] = now + .seconds(1)
            return true
        }
        guard wantsExemplar, let exemplar = exemplar() else { return }
        histogram.displace { state in
            defer { state.exemplars[bucket] = exemplar }
            return state.exemplars[bucket]
        }
    }

    /// The value of a counter, at most 2^64. With `resets`, it is also reset, atomically.
    func count(resets: Bool) -> UInt64 {
        UInt64(bitPattern: Int64(resets ? number.exchange(0, ordering: .relaxed) : number.load(ordering: .relaxed)))
    }

    /// The value of a gauge; nil if it was not set since the last reset.
    func gauge(resets: Bool) -> Double? {
        let isSet = resets ? hasValue.exchange(false, ordering: .acquiring) : hasValue.load(ordering: .acquiring)
        return isSet ? Double(bitPattern: value.load(ordering: .relaxed)) : nil
    }

    /// A consistent snapshot of a histogram.
    func distribution(resets: Bool) -> HistogramState {
        guard let histogram else { return HistogramState(buckets: 0) }
        return histogram.withLock { state in
            let current = state
            if resets { state = HistogramState(buckets: current.counts.count) }
            return current
        }
    }
}

extension MetricSeries {
    /// Resets counters and histograms to zero; a gauge has no value until it is set again.
    func reset() {
        _ = count(resets: true)
        _ = gauge(resets: true)
        _ = distribution(resets: true)
    }

    /// The values as a toolkit counter; nil for a gauge without a value.
    func counter(_ name: String, _ type: CounterType) -> Counter? {
        var counter = Counter(name, type)
        switch type {
        case .increment: counter.count = Int(clamping: count(resets: false))
        case .lastValue:
            guard let value = gauge(resets: false) else { return nil }
            counter.last = value
        case .timestamp:
            guard let value = gauge(resets: false) else { return nil }
            counter.time = Date(timeIntervalSince1970: value)
        case .interval, .statistics:
            let state = distribution(resets: false)
            let count = state.counts.reduce(0, &+)
            counter.count = count
            if count > 0 { counter.average = state.sum / Double(count) * (type == .interval ? 1000 : 1) }
        }
        return counter
    }
}

/// The contents of a histogram.
struct HistogramState: Sendable {
    /// The number of values per bucket, not cumulative; the last bucket is unbounded.
    var counts: [Int]
    /// The sum of all values.
    var sum = 0.0
    /// The latest exemplar of each bucket.
    var exemplars: [MetricExemplar?]
    /// When each bucket accepts a new exemplar.
    var nextExemplars: [Duration]

    init(buckets: Int) {
        counts = Array(repeating: 0, count: buckets)
        exemplars = Array(repeating: nil, count: buckets)
        nextExemplars = Array(repeating: .zero, count: buckets)
    }
}

/// A value and the trace in which it was measured.
struct MetricExemplar: Sendable {
    var traceId: String
    var value: Double
    /// In seconds since 1970.
    var time: Double
}
