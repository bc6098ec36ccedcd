/// Serves a heartbeat: the current time as JSON at `/heartbeat` (the toolkit's `HeartbeatRestController`;
/// `HeartbeatRestService` in version 3). The endpoint's `authorize` and `roles` do not apply, only those of this
/// controller.
public final class HeartbeatRestController: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost()
    private let route = Setting("route", default: "heartbeat", "The path, under base_route")
    private let clock = ClockSlot()

    /// Creates a controller.
    public init() {}

    /// The heartbeat route.
    public var routes: [RestRoute] { heartbeat }

    // MARK: - Internal

    private var heartbeat: RestRoute {
        var heartbeat = RestRoute(.get, route(), name: "heartbeat") { [clock] _, _ in AnyValue.date(clock.now) }
        heartbeat.ignoresEndpointAccess = true
        return heartbeat
    }
}
