/// Serves the liveness and readiness probes at `/health/live` and `/health/ready`: status 200 or 503, with the
/// container's ``HealthReport`` as JSON.
///
/// ```yaml
/// - descriptor: pip-services:health-controller:http:default:1.0
/// ```
/// Liveness responds at once without checking components, also during maintenance and overload: an unavailable service
/// need not be restarted. Readiness checks the components that report it and lists those that are not ready. The
/// reasons are logged when they change; callers receive them only with `options.reasons`. The endpoint's `authorize`
/// and `roles` do not apply, only those of this controller, because orchestrators have no credentials. It has no
/// counterpart in the toolkit.
public final class HealthRestController: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost()
    private let liveRoute = Setting(
        "live_route", default: "health/live",
        "The path of the liveness probe, under base_route")
    private let readyRoute = Setting(
        "ready_route", default: "health/ready", "The path of the readiness probe, under base_route")
    private let showsReasons = Setting(
        "options.reasons", default: false,
        "True to return the reasons why components are not ready, which can contain addresses and other internals")
    private let health = OptionalDependency<any HealthReporter>("health", "*:health:*:*:1.0")
    /// The logged reasons, by component.
    private let logged = Locked<[ScalarText: String]>([:])

    /// Creates a controller.
    public init() {}

    /// The two probe routes.
    public var routes: [RestRoute] {
        live
        ready
    }

    // MARK: - Internal

    private var ready: RestRoute {
        var route = RestRoute(
            .get, readyRoute(), name: "health.ready",
            response: { [self] context, _ in
                let report = await health()?.report(context) ?? HealthReport(state: .running)
                log(report, context)
                return try RestResponse.json(value(report), status: report.isReady ? 200 : 503)
            })
        route.ignoresEndpointAccess = true
        return route
    }

    private var live: RestRoute {
        var route = RestRoute(
            .get, liveRoute(), name: "health.live",
            response: { [health] _, _ in
                let isLive = health()?.isLive ?? true
                let value: AnyValueMap = ["status": .string(isLive ? "live" : "stopped")]
                return try RestResponse.json(value, status: isLive ? 200 : 503)
            })
        route.isServedAlways = true
        route.ignoresEndpointAccess = true
        return route
    }

    private func log(_ report: HealthReport, _ context: Context) {
        var reasons: [ScalarText: String] = [:]
        for component in report.components where !component.isReady {
            reasons[ScalarText(component.name)] = component.reason ?? ""
        }
        let present = reasons
        let isNews = logged.withLock { logged in
            defer { logged = present }
            return logged != present
        }
        guard isNews else { return }
        for (name, reason) in present.sorted(by: { $0.key < $1.key }) {
            rest.instruments.logger.warn(context, "\(name) is not ready: \(reason)")
        }
        if present.isEmpty { rest.instruments.logger.info(context, "All components are ready again") }
    }

    private func value(_ report: HealthReport) -> AnyValueMap {
        let reasons = showsReasons()
        let components = report.components.map { component -> AnyValue in
            var value: AnyValueMap = ["name": .string(component.name), "ready": .bool(component.isReady)]
            if reasons, let reason = component.reason { value["reason"] = .string(reason) }
            return .map(value)
        }
        return [
            "status": .string(report.isReady ? "ready" : "not ready"), "state": .string(report.state.rawValue),
            "components": .array(components),
        ]
    }
}
