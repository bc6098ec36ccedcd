internal import OrderedCollections

/// Writes counters in the format of the toolkit's other editions (the toolkit's `PrometheusCounterConverter`): every
/// metric is a gauge, with the extremes, the average and the number of intervals and statistics.
public enum PrometheusCounterConverter {
    /// The text that the other editions write, with the names and the labels of their conventions.
    ///
    /// Beyond them, values of labels are escaped, characters that no name may have become `_`, the samples of a metric
    /// follow one `# TYPE` line, and of counters whose names become the same the last one is written: Prometheus or its
    /// pushgateway would refuse the text as a whole.
    ///
    /// - Parameters:
    ///   - counters: the counters. Timestamps are left out.
    ///   - source: the label `source`; nil or empty for none.
    ///   - instance: the label `instance`; nil or empty for none.
    public static func toString(_ counters: [Counter], source: String? = nil, instance: String? = nil) -> String {
        // By name and labels: all samples of a metric must follow its only `# TYPE` line.
        var metrics: OrderedDictionary<ScalarText, OrderedDictionary<ScalarText, String>> = [:]
        func put(_ name: String, _ labels: String, _ value: String) {
            metrics[ScalarText(name), default: [:]][ScalarText(labels)] = value
        }
        for counter in counters {
            let metric = MetricName(reference: counter.name)
            var name = MetricName(LabelledName("", [("source", source ?? ""), ("instance", instance ?? "")]))
            name.labels.removeAll { $0.value.isEmpty }
            name.labels += metric.labels
            let labels = name.labels.isEmpty ? "" : "{\(MetricName.rendered(name.labels))}"
            switch counter.type {
            case .increment: put(metric.name, labels, Int64(counter.count ?? 0).description)
            case .lastValue: put(metric.name, labels, number(counter.last))
            case .interval, .statistics:
                put(metric.name + "_max", labels, number(counter.max))
                put(metric.name + "_min", labels, number(counter.min))
                put(metric.name + "_average", labels, number(counter.average))
                put(metric.name + "_count", labels, Int64(counter.count ?? 0).description)
            case .timestamp: break
            }
        }
        return metrics.map { name, samples in
            "# TYPE \(name) gauge\n" + samples.map { labels, value in "\(name)\(labels) \(value)\n" }.joined()
        }.joined()
    }

    // MARK: - Internal

    private static func number(_ value: Double?) -> String {
        let value = value ?? 0
        return value.isFinite ? StringConverter.toString(.double(value)) : MetricFormat.number(value)
    }
}
