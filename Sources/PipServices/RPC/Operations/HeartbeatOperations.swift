/// Tells the present time, as a handler for a route of one's own (the toolkit's `HeartbeatOperations`).
///
/// ```swift
/// final class AliveController: RestController {
///     let rest = RestHost()
///     let operations = HeartbeatOperations()
///     var routes: [RestRoute] { RestRoute(.get, "/alive", response: operations.heartbeat) }
/// }
/// ```
/// A component that a controller holds.
public final class HeartbeatOperations: RestOperations, Component {
    private let clock = ClockSlot()

    /// Creates the operations.
    public init() {}

    /// The present time as JSON text.
    public func heartbeat(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        try sendResult(AnyValue.date(clock.now))
    }
}
