/// Returns the current time, as a handler for custom routes (the toolkit's `HeartbeatOperations`).
///
/// ```swift
/// final class AliveController: RestController {
///     let rest = RestHost()
///     let operations = HeartbeatOperations()
///     var routes: [RestRoute] { RestRoute(.get, "/alive", response: operations.heartbeat) }
/// }
/// ```
/// A child component of a controller.
public final class HeartbeatOperations: RestOperations, Component {
    private let clock = ClockSlot()

    /// Creates the operations.
    public init() {}

    /// Returns the current time as a JSON string.
    public func heartbeat(_ context: Context, _ request: RestRequest) async throws -> RestResponse {
        try sendResult(AnyValue.date(clock.now))
    }
}
