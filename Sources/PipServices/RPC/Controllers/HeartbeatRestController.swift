/// Tells that the service is alive: its present time as JSON text at `/heartbeat` (the toolkit's
/// `HeartbeatRestController`; `HeartbeatRestService` in version 3). `authorize` and `roles` of the endpoint do not apply
/// to it, only its own.
public final class HeartbeatRestController: RestController {
    /// The endpoint, the base route and the instruments.
    public let rest = RestHost()
    private let route = Setting("route", default: "heartbeat", "Where it answers, under base_route")
    private let clock = ClockSlot()

    /// Creates a controller.
    public init() {}

    /// One route.
    public var routes: [RestRoute] { heartbeat }

    // MARK: - Internal

    private var heartbeat: RestRoute {
        var heartbeat = RestRoute(.get, route(), name: "heartbeat") { [clock] _, _ in AnyValue.date(clock.now) }
        heartbeat.ignoresEndpointAccess = true
        return heartbeat
    }
}
