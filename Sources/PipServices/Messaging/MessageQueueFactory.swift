/// Creates queues while the service runs (the toolkit's `IMessageQueueFactory`).
public protocol MessageQueueFactory: Sendable {
    /// Creates a queue, which its user opens and closes.
    ///
    /// It has the factory's configuration and references.
    /// - Throws: Misconfiguration `BAD_CONFIG` if the factory's configuration does not fit; InvalidState `NOT_LINKED`
    ///   before the factory was linked.
    func createQueue(_ context: Context, _ name: String) async throws -> any MessageQueue
}
