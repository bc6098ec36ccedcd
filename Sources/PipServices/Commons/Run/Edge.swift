/// A component through which work enters the service, such as an endpoint or the consumer of a queue.
///
/// Edges start accepting work after every component is open. At shutdown all of them drain, concurrently and within a
/// time limit, before anything closes.
public protocol Edge: Openable {
    /// Starts accepting work.
    func startAccepting(_ context: Context) async throws
    /// Stops accepting work and waits until accepted work is done. Returns early if the task is cancelled.
    func drain(_ context: Context) async
}
