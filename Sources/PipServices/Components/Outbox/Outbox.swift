/// Stores messages in the same transaction as the change that causes them, until they are sent.
///
/// A persistence is the outbox of its own items, see ``StoredPersistence``: either the change and its messages are
/// stored, or neither. A relay reads messages in the order in which they were stored, sends them, and then marks them
/// as sent. If it dies in between, messages are sent again, so receivers must be idempotent. All calls are safe from
/// any task. Messages stay in order only with a single relay.
public protocol Outbox: Sendable {
    /// Returns the oldest messages that are not marked as sent.
    /// - Parameter count: the maximum number of messages.
    /// - Throws: errors of the store.
    func getUnsent(_ context: Context, _ count: Int) async throws -> [OutboxMessage]

    /// Removes messages that were sent. Unknown ids are ignored.
    /// - Throws: errors of the store; the messages are then kept.
    func markSent(_ context: Context, _ ids: [String]) async throws
}
