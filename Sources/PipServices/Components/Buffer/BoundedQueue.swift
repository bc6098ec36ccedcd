internal import DequeModule

/// Items in the order in which they were added, up to a limit that comes with each one. The oldest items are dropped first.
struct BoundedQueue<Item: Sendable>: Sendable {
    private var items: Deque<Item> = []

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }

    /// Adds an item, and returns the number of dropped items.
    mutating func append(_ item: Item, limit: Int) -> Int {
        items.append(item)
        return trim(to: limit)
    }

    /// Puts items back in front of all others, and returns the number of dropped items.
    mutating func putBack(_ older: [Item], limit: Int) -> Int {
        items.prepend(contentsOf: older)
        return trim(to: limit)
    }

    /// Removes and returns all items.
    mutating func takeAll() -> [Item] {
        defer { items = [] }
        return Array(items)
    }

    // MARK: - Internal

    private mutating func trim(to limit: Int) -> Int {
        let surplus = max(0, count - max(1, limit))
        items.removeFirst(surplus)
        return surplus
    }
}
