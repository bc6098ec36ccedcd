/// A priority queue of keys by expiration time. For equal times, the first one inserted is first.
///
/// It is a heap with the position of each key, so that inserting, updating and removing take O(log n). It has four
/// children per node, so three in four nodes are leaves. Moving a key to a later time, the common case in caches,
/// therefore rarely moves others.
struct ExpiryQueue {
    private struct Item {
        var expiration: Duration
        var order: UInt64
        let slot: Int

        func isBefore(_ other: Item) -> Bool {
            expiration == other.expiration ? order < other.order : expiration < other.expiration
        }
    }

    private static var width: Int { 4 }

    private var heap: ContiguousArray<Item> = []
    private var keys: ContiguousArray<String> = []
    private var positions: ContiguousArray<Int> = []
    private var freeSlots: ContiguousArray<Int> = []
    private var nextOrder: UInt64 = 0

    /// The number of keys.
    var count: Int { heap.count }

    /// The key that expires first, with its expiration time.
    var first: (key: String, expiration: Duration)? { heap.first.map { (keys[$0.slot], $0.expiration) } }

    /// Inserts a key and returns its slot, which identifies it in later calls.
    mutating func insert(_ key: String, _ expiration: Duration) -> Int {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            keys[slot] = key
        } else {
            slot = keys.count
            keys.append(key)
            positions.append(0)
        }
        let item = Item(expiration: expiration, order: takeOrder(), slot: slot)
        heap.append(item)
        raise(item, from: heap.count - 1)
        return slot
    }

    /// Changes the expiration time of a key.
    mutating func update(_ slot: Int, _ expiration: Duration) {
        place(Item(expiration: expiration, order: takeOrder(), slot: slot), at: positions[slot])
    }

    /// Removes a key.
    mutating func remove(_ slot: Int) {
        let position = positions[slot]
        keys[slot] = ""
        freeSlots.append(slot)
        guard let last = heap.popLast(), last.slot != slot else { return }
        place(last, at: position)
    }

    // MARK: - Internal

    private mutating func takeOrder() -> UInt64 {
        nextOrder &+= 1
        return nextOrder
    }

    /// Moves an item to another position.
    private mutating func place(_ item: Item, at position: Int) {
        if position > 0, item.isBefore(heap[(position - 1) / Self.width]) {
            raise(item, from: position)
        } else {
            lower(item, from: position)
        }
    }

    private mutating func raise(_ item: Item, from position: Int) {
        var position = position
        while position > 0 {
            let parent = (position - 1) / Self.width
            guard item.isBefore(heap[parent]) else { break }
            put(heap[parent], at: position)
            position = parent
        }
        put(item, at: position)
    }

    private mutating func lower(_ item: Item, from position: Int) {
        var position = position
        while true {
            let firstChild = position * Self.width + 1
            guard firstChild < heap.count else { break }
            var least = firstChild
            for child in (firstChild + 1)..<max(firstChild + 1, min(firstChild + Self.width, heap.count))
            where heap[child].isBefore(heap[least]) {
                least = child
            }
            guard heap[least].isBefore(item) else { break }
            put(heap[least], at: position)
            position = least
        }
        put(item, at: position)
    }

    private mutating func put(_ item: Item, at position: Int) {
        heap[position] = item
        positions[item.slot] = position
    }
}
