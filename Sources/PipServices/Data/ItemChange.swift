/// A change to the content of an ``ItemStorage``.
///
/// The key of an item is its id. For items without ids, it is an integer that is never reused.
public enum ItemChange: Sendable, Hashable {
    /// Stores an item: at the end if its key is new, otherwise in place of the existing one.
    case put(key: AnyValue, item: AnyValue)
    /// Deletes an item. Ignored if it does not exist.
    case delete(key: AnyValue)
    /// Deletes all items, but no messages.
    case clear
    /// Appends an outbox message.
    case enqueue(OutboxMessage)
    /// Removes a message by its id. Ignored if it does not exist.
    case dequeue(id: String)
}
