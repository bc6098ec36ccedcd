/// The export settings of ``PrometheusCounters``.
final class PrometheusOptions: Component, Checkable {
    private let formatSetting = Setting(
        "options.format", default: PrometheusFormat.native,
        "The metrics to export: native for counters, gauges and histograms, reference for those of the other editions")
    private let maxSeries = Setting(
        "options.max_series", default: 1000, in: 0...,
        "The maximum number of series per metric; one additional series counts the rest. 0 for no limit")
    private let buckets = Setting(
        "options.buckets",
        default: BucketBounds([1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]),
        "The upper bounds of the buckets for times, in ms")
    private let valueBuckets = Setting(
        "options.value_buckets", default: BucketBounds([1, 10, 100, 1000, 10_000, 100_000, 1_000_000]),
        "The upper bounds of the buckets for statistics of other values")
    private let exemplars = Setting(
        "options.exemplars", default: true, "True to add the trace id of a measurement to each bucket, for OpenMetrics")
    private let processMetrics = Setting(
        "options.process_metrics", default: true, "True to export CPU time, memory and descriptors of the process")
    private let metricBuckets = OpenSection(
        "buckets", "The upper bounds of the buckets of specific metrics: `exec_time: 1,10,100`, in ms for times")
    private let labels = OpenSection("labels", "Labels added to all series")

    var format: PrometheusFormat { formatSetting() }
    var hasExemplars: Bool { exemplars() }
    var hasProcessMetrics: Bool { processMetrics() }

    /// The options for the registry. Values that ``checkConfiguration(_:)`` rejects are omitted.
    var registryOptions: MetricRegistry.Options {
        var bounds: [ScalarText: [Double]] = [:]
        for (name, text) in metricBuckets() {
            if let value = text.flatMap({ BucketBounds(settingText: $0) }) {
                bounds[ScalarText(MetricName(name).name)] = value.values
            }
        }
        return MetricRegistry.Options(
            maxSeries: maxSeries(),
            labels: labels().compactMap { name, value in
                guard MetricName.isLabel(name), let value, !value.isEmpty else { return nil }
                return (name, value)
            },
            timeBounds: buckets().values.map { $0 / 1000 }, valueBounds: valueBuckets().values, bounds: bounds)
    }

    /// - Throws: Misconfiguration `BAD_LABEL` for an invalid label name, and `BAD_BUCKETS`.
    func checkConfiguration(_ context: Context) async throws { try check(context) }

    /// As ``checkConfiguration(_:)``.
    func check(_ context: Context) throws(ApplicationError) {
        for (name, _) in labels() where !MetricName.isLabel(name) {
            throw .config(
                code: "BAD_LABEL", key: "labels.\(name)",
                "PrometheusCounters: 'labels.\(name)' is not a valid label name; expected letters, digits and '_', not "
                    + "starting with a digit or '__', neither 'le' nor 'quantile'",
                traceId: context.traceId
            ).withDetails("value", .string(name))
        }
        for (name, text) in metricBuckets() where BucketBounds(settingText: text ?? "") == nil {
            throw .config(
                code: "BAD_BUCKETS", key: "buckets.\(name)",
                "PrometheusCounters: 'buckets.\(name)' is '\(text ?? "")'; expected \(BucketBounds.expectation)",
                traceId: context.traceId
            ).withDetails("value", .string(text ?? ""))
        }
    }
}
