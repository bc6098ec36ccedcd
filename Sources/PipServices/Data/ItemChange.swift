/// A change of what an ``ItemStorage`` keeps.
///
/// A key tells an item from the others of its storage: the item's id, or, where items have none, a whole number that is
/// given once and never again.
public enum ItemChange: Sendable, Hashable {
    /// Stores an item: at the end when its key is new, otherwise in the place of the one that is there.
    case put(key: AnyValue, item: AnyValue)
    /// Removes an item; nothing happens when there is none.
    case delete(key: AnyValue)
    /// Removes all items, and no messages.
    case clear
    /// Stores a message that is to be sent, behind the others.
    case enqueue(OutboxMessage)
    /// Removes a message by its id; nothing happens when there is none.
    case dequeue(id: String)
}
