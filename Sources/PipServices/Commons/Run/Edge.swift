/// A component through which work enters the service, such as an endpoint that listens or a queue that is read.
///
/// Edges start to accept only after every component was opened. At shutdown all of them drain, together and within a
/// bound, before anything closes.
public protocol Edge: Openable {
    /// Starts to accept work.
    func startAccepting(_ context: Context) async throws
    /// Stops to accept work and waits until what was accepted is done. Ends early when the task is cancelled.
    func drain(_ context: Context) async
}
