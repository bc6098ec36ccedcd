/// The content of an ``ItemStorage``.
public struct StoredItems: Sendable, Hashable {
    /// An item with its key.
    public struct Entry: Sendable, Hashable {
        /// The unique key of the item.
        public var key: AnyValue
        /// The item.
        public var item: AnyValue

        /// Creates an entry.
        public init(key: AnyValue, item: AnyValue) {
            self.key = key
            self.item = item
        }
    }

    /// The items, in the order in which their keys were first stored.
    public var items: [Entry]
    /// The outbox messages, in the order in which they were stored.
    public var messages: [OutboxMessage]

    /// Creates content.
    public init(items: [Entry] = [], messages: [OutboxMessage] = []) {
        self.items = items
        self.messages = messages
    }
}
