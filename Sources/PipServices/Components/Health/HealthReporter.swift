/// Tells how the service is. The container's own is at `pip-services:health:container:default:1.0`.
public protocol HealthReporter: Sendable {
    /// True when the process should go on. Answers at once.
    var isLive: Bool { get }
    /// Asks all components that can tell. Takes no longer than `health.timeout`.
    func report(_ context: Context) async -> HealthReport
}
