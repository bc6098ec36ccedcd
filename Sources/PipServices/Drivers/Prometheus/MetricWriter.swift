/// Writes metrics in an exposition format.
struct MetricWriter {
    private let format: MetricFormat
    private let resets: Bool
    private(set) var bytes: [UInt8] = []

    /// - Parameter resets: true to reset the written metrics atomically.
    init(_ format: MetricFormat, resets: Bool = false) {
        self.format = format
        self.resets = resets
    }

    /// Writes metrics, each with all its series.
    mutating func write(_ families: [MetricFamily]) {
        for family in families {
            switch family.kind {
            case .counter: writeCounter(family)
            case .gauge: writeGauge(family)
            case .histogram: writeHistogram(family)
            }
        }
    }

    /// Writes a metric with one value and no labels.
    mutating func write(_ name: String, _ kind: MetricFamily.Kind, help: String, _ value: Double) {
        writeHead(name, kind, help: help)
        writeSample(kind == .counter ? name + "_total" : name, "", MetricFormat.number(value))
    }

    /// Completes and returns the text.
    mutating func finish() -> [UInt8] {
        if format == .openMetrics { put("# EOF\n") }
        return bytes
    }

    // MARK: - Internal

    private mutating func writeCounter(_ family: MetricFamily) {
        writeHead(family.name, .counter, help: family.help)
        let name = family.name + "_total"
        for series in family.series {
            writeSample(name, series.labels, series.count(resets: resets).description)
        }
    }

    private mutating func writeGauge(_ family: MetricFamily) {
        let values = family.series.compactMap { series in
            series.gauge(resets: resets).map { (labels: series.labels, value: $0) }
        }
        guard !values.isEmpty else { return }
        writeHead(family.name, .gauge, help: family.help)
        for (labels, value) in values { writeSample(family.name, labels, MetricFormat.number(value)) }
    }

    private mutating func writeHistogram(_ family: MetricFamily) {
        writeHead(family.name, .histogram, help: family.help)
        let bounds = family.bounds.map(MetricFormat.number) + ["+Inf"]
        let (bucketName, countName, sumName) = (family.name + "_bucket", family.name + "_count", family.name + "_sum")
        for series in family.series {
            let state = series.distribution(resets: resets)
            let prefix = series.labels.isEmpty ? "le=\"" : series.labels + ",le=\""
            var count = 0
            for (index, bound) in bounds.enumerated() {
                count &+= state.counts[index]
                put(bucketName)
                put("{")
                put(prefix)
                put(bound)
                put("\"} ")
                put(count.description)
                if format == .openMetrics, let exemplar = state.exemplars[index] { write(exemplar) }
                put("\n")
            }
            writeSample(countName, series.labels, count.description)
            writeSample(sumName, series.labels, MetricFormat.number(state.sum))
        }
    }

    private mutating func write(_ exemplar: MetricExemplar) {
        put(" # {trace_id=\"\(MetricName.escaped(exemplar.traceId))\"} ")
        put(MetricFormat.number(exemplar.value))
        put(" ")
        put(MetricFormat.number(exemplar.time))
    }

    private mutating func writeHead(_ name: String, _ kind: MetricFamily.Kind, help: String) {
        // In the text format, a counter has the name of its samples.
        let name = kind == .counter && format == .text ? name + "_total" : name
        put("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    private mutating func writeSample(_ name: String, _ labels: String, _ value: String) {
        put(name)
        if !labels.isEmpty {
            put("{")
            put(labels)
            put("}")
        }
        put(" ")
        put(value)
        put("\n")
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
