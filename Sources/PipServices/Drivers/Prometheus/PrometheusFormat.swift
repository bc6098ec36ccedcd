/// What the counters for Prometheus export: the values of their setting `options.format`.
public enum PrometheusFormat: String, Sendable, CaseIterable, SettingValue {
    /// Counters, gauges and histograms, with base units.
    case native
    /// What the other editions of the toolkit export, see ``PrometheusCounterConverter``.
    case reference
}
