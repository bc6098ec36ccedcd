/// A connection to a broker that manages its queues (the toolkit's `IMessageQueueConnection`).
public protocol MessageQueueConnection: Sendable {
    /// The names of all queues, in order.
    func readQueueNames(_ context: Context) async throws -> [String]
    /// Creates a queue. Nothing happens if it exists.
    func createQueue(_ context: Context, _ name: String) async throws
    /// Deletes a queue, its messages and its dead letters. Nothing happens if it is missing.
    func deleteQueue(_ context: Context, _ name: String) async throws
}
