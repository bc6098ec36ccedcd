/// Holds messages that were stored in one step with the change that caused them, until they are sent.
///
/// A persistence is the outbox of its own items, as ``StoredPersistence`` is: either both the change and its messages are
/// stored, or neither. A relay takes messages in the order in which they were stored, sends them, and then says so. When it
/// dies in between, a message is sent again: receivers must bear that. All calls are safe from any task; one relay at a time
/// keeps the order.
public protocol Outbox: Sendable {
    /// The oldest messages that were not said to be sent.
    /// - Parameter count: at most so many.
    /// - Throws: what the store throws.
    func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage]

    /// Forgets messages that were sent. Unknown ids are ignored.
    /// - Throws: what the store throws; the messages then stay.
    func markSent(_ context: Context, _ ids: [String]) async throws
}
