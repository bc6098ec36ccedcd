/// Items in the order in which they came, up to a limit that is given with each one: the oldest make room.
struct BoundedQueue<Item: Sendable>: Sendable {
    private var items: [Item?] = []
    private var head = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { count == 0 }

    /// Adds an item. Gives how many were dropped.
    mutating func append(_ item: Item, limit: Int) -> Int {
        items.append(item)
        return trim(to: limit)
    }

    /// Puts items back in front. Gives how many were dropped.
    mutating func putBack(_ older: [Item], limit: Int) -> Int {
        items = older.map(Optional.some) + items[head...]
        head = 0
        return trim(to: limit)
    }

    /// Takes all items out.
    mutating func takeAll() -> [Item] {
        defer { self = BoundedQueue() }
        return items[head...].compactMap(\.self)
    }

    // MARK: - Internal

    private mutating func trim(to limit: Int) -> Int {
        let surplus = max(0, count - max(1, limit))
        for index in head..<head + surplus { items[index] = nil }
        head += surplus
        // The gap in front is closed once it is half of all: so dropping costs the same however many there are.
        if head > items.count / 2 {
            items.removeFirst(head)
            head = 0
        }
        return surplus
    }
}
