/// The items and messages during the replay of a journal.
struct ReplayedItems {
    private var itemTable = OrderedTable<AnyValue>()
    private var messageTable = OrderedTable<OutboxMessage>()

    /// Starts with the content of a data file.
    init(_ entries: [StoredItems.Entry], messages: [OutboxMessage]) {
        for entry in entries { itemTable.put(entry.key, entry.item) }
        for message in messages { messageTable.put(.string(message.id), message) }
    }

    /// The current state.
    var stored: StoredItems {
        StoredItems(
            items: itemTable.pairs.map { StoredItems.Entry(key: $0.key, item: $0.value) },
            messages: messageTable.pairs.map(\.value))
    }

    mutating func apply(_ change: ItemChange) {
        switch change {
        case .put(let key, let item): itemTable.put(key, item)
        case .delete(let key): itemTable.remove(key)
        case .clear: itemTable = OrderedTable()
        case .enqueue(let message): messageTable.put(.string(message.id), message)
        case .dequeue(let id): messageTable.remove(.string(id))
        }
    }
}

/// A table in insertion order.
private struct OrderedTable<Value> {
    // A removal leaves a gap, because closing it would move all later elements.
    private var slots: [(key: AnyValue, value: Value)?] = []
    private var places: [AnyValue: Int] = [:]

    var pairs: [(key: AnyValue, value: Value)] { slots.compactMap { $0 } }

    mutating func put(_ key: AnyValue, _ value: Value) {
        if let place = places[key] {
            slots[place] = (key, value)
        } else {
            places[key] = slots.count
            slots.append((key, value))
        }
    }

    mutating func remove(_ key: AnyValue) {
        if let place = places.removeValue(forKey: key) { slots[place] = nil }
    }
}
