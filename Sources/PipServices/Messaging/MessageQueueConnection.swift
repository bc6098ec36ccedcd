/// Manages the queues of a broker (the toolkit's `IMessageQueueConnection`).
public protocol MessageQueueConnection: Sendable {
    /// The names of all queues, sorted.
    func readQueueNames(_ context: Context) async throws -> [String]
    /// Creates a queue. Does nothing if it exists.
    func createQueue(_ context: Context, _ name: String) async throws
    /// Deletes a queue with its messages and dead letters. Does nothing if it is missing.
    func deleteQueue(_ context: Context, _ name: String) async throws
}
