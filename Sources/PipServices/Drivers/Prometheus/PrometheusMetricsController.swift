/// Exposes the counters to Prometheus (the toolkit's `PrometheusMetricsController`; `PrometheusMetricsService` in
/// version 3).
///
/// - `GET /metrics`: the counters, in the text format 0.0.4 or in OpenMetrics 1.0, according to `Accept`.
/// - `GET /metricsandreset`: the same, with an atomic reset of the exposed counters.
///
/// It exposes the service's ``PrometheusCounters``. If there are none, it exposes other counters that keep their
/// values, such as ``LogCounters``, in the format of the other editions.
public final class PrometheusMetricsController: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost()
    private let counters = OptionalDependency<PrometheusCounters>(
        "prometheus-counters", "*:counters:prometheus:*:1.0")
    private let logCounters = OptionalDependency<LogCounters>("cached-counters", "*:counters:*:*:1.0")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")

    /// Creates a controller.
    public init() {}

    /// The two scrape routes.
    public var routes: [RestRoute] {
        RestRoute(.get, "metrics", name: "metrics") { [self] _, request in
            try respond(to: request, resets: false)
        }
        RestRoute(.get, "metricsandreset", name: "metricsandreset") { [self] _, request in
            try respond(to: request, resets: true)
        }
    }

    // MARK: - Internal

    private func respond(to request: RestRequest, resets: Bool) throws(ApplicationError) -> RestResponse {
        let format = MetricFormat(accept: request.headers["accept"])
        if let counters = counters() {
            return Self.response(counters.exposition(format, resets: resets), counters.contentType(format))
        }
        guard let counters = logCounters() else {
            throw .missingReference("*:counters:prometheus:*:1.0")
        }
        let text = PrometheusCounterConverter.toString(
            counters.all, source: info()?.name, instance: info()?.contextId)
        if resets { counters.clearAll() }
        return Self.response(Array(text.utf8), MetricFormat.text.contentType)
    }

    private static func response(_ body: [UInt8], _ contentType: String) -> RestResponse {
        RestResponse(headers: [("Content-Type", contentType), ("Vary", "Accept")], body: body)
    }
}
