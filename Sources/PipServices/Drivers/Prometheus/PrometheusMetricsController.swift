/// Shows the counters to Prometheus (the toolkit's `PrometheusMetricsController`; `PrometheusMetricsService` in version
/// 3).
///
/// - `GET /metrics`: the counters, in the text format 0.0.4 or in OpenMetrics 1.0, as `Accept` prefers.
/// - `GET /metricsandreset`: the same, and resets what it shows in the same step.
///
/// It shows the ``PrometheusCounters`` of the service; without these other counters that keep their values, such as
/// ``LogCounters``, in the format of the other editions.
public final class PrometheusMetricsController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost()
    private let counters = OptionalDependency<PrometheusCounters>(
        "prometheus-counters", "*:counters:prometheus:*:1.0")
    private let logCounters = OptionalDependency<LogCounters>("cached-counters", "*:counters:*:*:1.0")
    private let info = OptionalDependency<ContextInfo>("context-info", "pip-services:context-info:*:*:1.0")

    /// Creates a controller.
    public init() {}

    /// Two routes.
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
