/// The export formats of ``PrometheusCounters``: the values of the setting `options.format`.
public enum PrometheusFormat: String, Sendable, CaseIterable, SettingValue {
    /// Counters, gauges and histograms, with base units.
    case native
    /// The metrics of the toolkit's other editions, see ``PrometheusCounterConverter``.
    case reference
}
