/// A component that can tell whether it is able to do its work, such as a connection to an outside system.
///
/// The container asks all of them, at once and each within `health.timeout`, when its health is asked for.
public protocol Readiness: Sendable {
    /// Returns when the component is ready for work, and throws why it is not. Should be cheap: it is asked every few
    /// seconds. The task is cancelled when the answer comes too late.
    func checkReadiness(_ context: Context) async throws
}
