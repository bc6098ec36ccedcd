internal import OrderedCollections

/// Formats counters as the toolkit's other editions do (the toolkit's `PrometheusCounterConverter`): every metric is a
/// gauge; intervals and statistics have minimum, maximum, average and count.
public enum PrometheusCounterConverter {
    /// Returns the text of the other editions, with their names and labels.
    ///
    /// In addition, label values are escaped, invalid characters in names become `_`, all samples of a metric follow
    /// one `# TYPE` line, and of counters with equal names the last one wins. Otherwise Prometheus or its pushgateway
    /// would reject the whole text.
    ///
    /// - Parameters:
    ///   - counters: the counters. Timestamps are omitted.
    ///   - source: the label `source`; nil or empty for none.
    ///   - instance: the label `instance`; nil or empty for none.
    public static func toString(_ counters: [Counter], source: String? = nil, instance: String? = nil) -> String {
        // By name and labels: all samples of a metric must follow its single `# TYPE` line.
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
