/// Reports the health of the service. The container's reporter is at `pip-services:health:container:default:1.0`.
public protocol HealthReporter: Sendable {
    /// The result of a liveness probe. Returns at once.
    var isLive: Bool { get }
    /// Checks all components that conform to ``Readiness``, within `health.timeout`.
    func report(_ context: Context) async -> HealthReport
}
