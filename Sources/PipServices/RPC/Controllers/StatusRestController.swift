/// Serves the service's status and uptime at `/status` (the toolkit's `StatusRestController`; `StatusRestService` in
/// version 3).
public final class StatusRestController: RestController {
    /// The endpoint, base route and instrumentation.
    public let rest = RestHost()
    private let route = Setting("route", default: "status", "The path, under base_route")
    private let operations = StatusOperations()

    /// Creates a controller.
    public init() {}

    /// The status route.
    public var routes: [RestRoute] {
        RestRoute(.get, route(), name: "status") { [operations] _, _ in operations.value }
    }
}
