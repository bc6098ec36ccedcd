/// Tells whether the service lives and whether it is ready for work, at `/health/live` and `/health/ready`, as
/// orchestrators and load balancers ask: 200 when it is, 503 when it is not, with the container's ``HealthReport`` as
/// JSON.
///
/// ```yaml
/// - descriptor: pip-services:health-controller:http:default:1.0
/// ```
/// Liveness is answered at once, without asking components, and also in maintenance and under load: a service that is not
/// to be used need not be started anew. Readiness asks those that can tell, and names those that are
/// not ready. It has no counterpart in the toolkit. `authorize` and `roles` of the endpoint do not apply to it, only its
/// own: orchestrators have no credentials.
public final class HealthRestController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost()
    private let liveRoute = Setting("live_route", default: "health/live", "Where liveness is told, under base_route")
    private let readyRoute = Setting(
        "ready_route", default: "health/ready", "Where readiness is told, under base_route")
    private let showsReasons = Setting(
        "options.reasons", default: true, "False to keep the reasons of components that are not ready to the service")
    private let health = OptionalDependency<any HealthReporter>("health", "*:health:*:*:1.0")

    /// Creates a controller.
    public init() {}

    /// Two routes.
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
