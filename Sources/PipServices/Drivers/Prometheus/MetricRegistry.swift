/// The series of a service, created on first use.
final class MetricRegistry: Sendable {
    /// The options for creating series.
    struct Options: Sendable {
        /// The maximum number of series per metric; further measurements go to an overflow series.
        var maxSeries: Int
        /// Labels added to all series. They must be valid.
        var labels: [LabelledName.Label]
        /// The upper bounds of the buckets for times, in seconds, and for other values.
        var timeBounds: [Double]
        var valueBounds: [Double]
        /// The upper bounds of specific metrics by name, in the unit of the measurements.
        var bounds: [ScalarText: [Double]]
    }

    /// The maximum number of names, and of series of all metrics. Measurements above it are dropped.
    private let limit: Int
    private let index: SeriesIndex
    private let families = Locked(FamilyTable())
    private let options: @Sendable () -> Options
    private let report: @Sendable (_ metric: String, _ problem: String) -> Void

    /// - Parameter report: receives the first problem of each metric, such as a negative increment.
    init(
        limit: Int = CounterTable.nameLimit, options: @escaping @Sendable () -> Options,
        report: @escaping @Sendable (_ metric: String, _ problem: String) -> Void
    ) {
        self.limit = limit
        index = SeriesIndex(limit: limit)
        self.options = options
        self.report = report
    }

    /// Calls `body` with the series for a name and a type.
    @inline(__always)
    func withSeries(_ name: String, _ type: CounterType, _ body: (MetricSeries) -> Void) {
        if index.withSeries(name, type, body) { return }
        if let series = create(MetricName(name), key: name, name, type) { body(series) }
    }

    /// Calls `body` with the series for a name with labels and a type.
    func withSeries(_ name: LabelledName, _ type: CounterType, _ body: (MetricSeries) -> Void) {
        if index.withSeries(name.key, type, body) { return }
        if let series = create(MetricName(name), key: name.key, name.plain, type) { body(series) }
    }

    /// All metrics, in the order of first use.
    var all: [MetricFamily] { families.withLock { $0.families } }

    /// All counters by name, in the order of first use.
    var counters: [Counter] { index.all.compactMap { $0.series.counter($0.name, $0.type) } }

    /// Resets the series of a name, or all if it is nil.
    func clear(_ name: String?) {
        guard let name else {
            for family in all { for series in family.series { series.reset() } }
            return
        }
        for item in index.all where item.name.isSame(as: name) { item.series.reset() }
    }

    // MARK: - Internal

    private func create(_ metric: MetricName, key: String, _ counter: String, _ type: CounterType) -> MetricSeries? {
        let options = options()
        var name = metric
        for label in options.labels { name.add(label.name, label.value) }
        let found = families.withLock { $0.find(name, type, options, limit: limit) }
        // An overflow series is not added under each name, because there is no limit to these names.
        if let series = found.series, !found.isOverflow {
            index.add(SeriesIndex.Item(name: counter, type: type, series: series), key)
        }
        if let problem = found.problem { report(found.metric, problem) }
        return found.series
    }
}

/// One metric: series with a common name, type and, for histograms, bucket bounds.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The name without `_total`.
    let name: String
    let kind: Kind
    let help: String
    let bounds: [Double]
    var series: [MetricSeries] = []
    fileprivate var places: [ScalarText: Int] = [:]
    fileprivate var overflow: MetricSeries?

    fileprivate init(_ name: String, _ kind: Kind, help: String, bounds: [Double]) {
        (self.name, self.kind, self.help, self.bounds) = (name, kind, help, bounds)
    }

    /// The sample names of a metric with this name and kind.
    fileprivate static func samples(_ name: String, _ kind: Kind) -> [String] {
        switch kind {
        case .counter: [name, name + "_total", name + "_created"]
        case .gauge: [name]
        case .histogram: [name, name + "_bucket", name + "_count", name + "_sum", name + "_created"]
        }
    }
}

// MARK: - Internal

/// The metrics by their names.
private struct FamilyTable: Sendable {
    struct Found: Sendable {
        var metric: String
        var series: MetricSeries?
        var isOverflow = false
        var problem: String?
    }

    private(set) var families: [MetricFamily] = []
    private var places: [ScalarText: Int] = [:]
    /// The used sample names: two metrics must not share one.
    private var samples = Set(ProcessMetrics.names.map { ScalarText($0) })
    private var seriesCount = 0
    private var isFull = false
    private var refused: Set<ScalarText> = []

    mutating func find(
        _ name: MetricName, _ type: CounterType, _ options: MetricRegistry.Options, limit: Int
    ) -> Found {
        let family = Self.family(name, type, options)
        guard let place = place(of: family, limit) else {
            return Found(metric: family.name, problem: seriesCount < limit ? nameNote(family.name) : fullNote(limit))
        }
        let metric = families[place].name
        let labels = MetricName.rendered(name.labels)
        if let index = families[place].places[ScalarText(labels)] {
            return Found(metric: metric, series: families[place].series[index])
        }
        guard options.maxSeries > 0, families[place].places.count >= options.maxSeries else {
            let series = create(labels, in: place, limit)
            return Found(metric: metric, series: series, problem: series == nil ? fullNote(limit) : nil)
        }
        if let series = families[place].overflow { return Found(metric: metric, series: series, isOverflow: true) }
        var rest = MetricName(LabelledName("", options.labels))
        rest.add("overflow", "true")
        let series = create(MetricName.rendered(rest.labels), in: place, limit)
        families[place].overflow = series
        return Found(
            metric: metric, series: series, isOverflow: true,
            problem: series == nil
                ? fullNote(limit)
                : "it has \(options.maxSeries) series, as many as options.max_series allows; the rest is counted in one "
                    + "with the label overflow")
    }

    /// Creates a series, or returns the one with these labels; nil if the maximum number is reached.
    private mutating func create(_ labels: String, in place: Int, _ limit: Int) -> MetricSeries? {
        if let index = families[place].places[ScalarText(labels)] { return families[place].series[index] }
        guard seriesCount < limit else { return nil }
        seriesCount += 1
        let family = families[place]
        let series = MetricSeries(labels: labels, bounds: family.kind == .histogram ? family.bounds : nil)
        families[place].places[ScalarText(labels)] = family.series.count
        families[place].series.append(series)
        return series
    }

    /// The message about too many series, once.
    private mutating func fullNote(_ limit: Int) -> String? {
        guard !isFull else { return nil }
        isFull = true
        return "there are \(limit) series, the maximum; further ones are not counted"
    }

    /// The message about a name used for other kinds, once for each of the first hundred names.
    private mutating func nameNote(_ name: String) -> String? {
        guard refused.count < 100, refused.insert(ScalarText(name)).inserted else { return nil }
        return "its name is in use for other kinds; it is not counted"
    }

    /// The index of a metric, which is created if it is new and the limit permits. If its name is used for another
    /// kind, the kind is appended to the name; nil if that is used too.
    private mutating func place(of family: MetricFamily, _ limit: Int) -> Int? {
        for name in [family.name, "\(family.name)_\(family.kind.rawValue)"] {
            if let place = places[ScalarText(name)] {
                if families[place].kind == family.kind { return place }
                continue
            }
            let names = MetricFamily.samples(name, family.kind).map { ScalarText($0) }
            guard samples.isDisjoint(with: names) else { continue }
            guard seriesCount < limit else { return nil }
            samples.formUnion(names)
            places[ScalarText(name)] = families.count
            families.append(MetricFamily(name, family.kind, help: family.help, bounds: family.bounds))
            return families.count - 1
        }
        return nil
    }

    private static func family(
        _ name: MetricName, _ type: CounterType, _ options: MetricRegistry.Options
    ) -> MetricFamily {
        let base = name.name
        func ending(_ suffix: String) -> String { base.ends(with: suffix) ? base : base + suffix }
        switch type {
        case .increment:
            // A name ending in `_total` is kept.
            let name = base.ends(with: "_total") ? String(base.dropLast(6)) : base
            return MetricFamily(
                name.isEmpty ? "_" : name, .counter, help: "How often \(base) was counted.", bounds: [])
        case .interval:
            let bounds = options.bounds[ScalarText(base)]?.map { $0 / 1000 } ?? options.timeBounds
            return MetricFamily(ending("_seconds"), .histogram, help: "Times of \(base), in seconds.", bounds: bounds)
        case .statistics:
            let bounds = options.bounds[ScalarText(base)] ?? options.valueBounds
            return MetricFamily(base, .histogram, help: "Values of \(base).", bounds: bounds)
        case .lastValue: return MetricFamily(base, .gauge, help: "The newest value of \(base).", bounds: [])
        case .timestamp:
            return MetricFamily(
                ending("_timestamp_seconds"), .gauge, help: "When \(base) happened last, in seconds since 1970.",
                bounds: [])
        }
    }
}
