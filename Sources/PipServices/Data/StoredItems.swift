/// What an ``ItemStorage`` keeps.
public struct StoredItems: Sendable, Hashable {
    /// An item and its key.
    public struct Entry: Sendable, Hashable {
        /// Tells the item from the others.
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
    /// The messages that are to be sent, in the order in which they were stored.
    public var messages: [OutboxMessage]

    /// Creates content.
    public init(items: [Entry] = [], messages: [OutboxMessage] = []) {
        self.items = items
        self.messages = messages
    }
}
