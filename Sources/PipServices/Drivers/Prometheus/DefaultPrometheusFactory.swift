/// Creates the components of the Prometheus driver by their descriptors (the toolkit's `DefaultPrometheusFactory`).
public enum DefaultPrometheusFactory {
    /// Returns the factory. If the driver is not compiled in, its components cause an error that says how to compile it
    /// in.
    public static func create() -> Factory {
        #if PIP_PROMETHEUS
        Factory()
            .register("pip-services:counters:prometheus:*:1.0") { PrometheusCounters() }
            .register("pip-services:metrics-controller:prometheus:*:1.0") { PrometheusMetricsController() }
            .register("pip-services:metrics-service:prometheus:*:1.0") { PrometheusMetricsController() }
        #else
        PrometheusCounters.driver.absentFactory(
            "pip-services:counters:prometheus:*:1.0", "pip-services:metrics-controller:prometheus:*:1.0",
            "pip-services:metrics-service:prometheus:*:1.0")
        #endif
    }
}
