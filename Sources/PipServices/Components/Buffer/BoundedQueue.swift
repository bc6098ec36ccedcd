internal import DequeModule

/// A FIFO queue. Each insertion passes a limit; if it is exceeded, the oldest items are dropped.
struct BoundedQueue<Item: Sendable>: Sendable {
    private var items: Deque<Item> = []

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }

    /// Appends an item and returns the dropped items.
    mutating func append(_ item: Item, limit: Int) -> [Item] {
        items.append(item)
        return trim(to: limit)
    }

    /// Puts items back at the front and returns the dropped items.
    mutating func putBack(_ older: [Item], limit: Int) -> [Item] {
        items.prepend(contentsOf: older)
        return trim(to: limit)
    }

    /// Removes and returns all items.
    mutating func takeAll() -> [Item] {
        defer { items = [] }
        return Array(items)
    }

    // MARK: - Internal

    private mutating func trim(to limit: Int) -> [Item] {
        let surplus = max(0, count - max(1, limit))
        let dropped = Array(items.prefix(surplus))
        items.removeFirst(surplus)
        return dropped
    }
}
