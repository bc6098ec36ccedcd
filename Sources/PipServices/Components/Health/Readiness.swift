/// A component that can check its readiness for work, such as a connection to an external system.
///
/// A health report checks all of them concurrently, each within `health.timeout`.
public protocol Readiness: Sendable {
    /// Returns if the component is ready for work, and otherwise throws the reason. It should be cheap, because it is
    /// called every few seconds. The task is cancelled on timeout.
    func checkReadiness(_ context: Context) async throws
}
