/// Creates the components of the driver for Prometheus by their descriptors (the toolkit's `DefaultPrometheusFactory`).
public enum DefaultPrometheusFactory {
    /// A factory for the driver's components, or one that tells how to compile the driver in.
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
