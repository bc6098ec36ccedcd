internal import HashTreeCollections

/// All items of an engine at one moment, with their indexes. A value whose copies share what they have in common.
struct ItemTable<Item: Sendable>: Sendable {
    typealias Row = ItemRow<Item>

    private(set) var rows = SortedTree<Int, Row>()
    private(set) var indexes: [FieldIndex<Item>]
    private(set) var messages = SortedTree<Int, OutboxMessage>()
    private var ids: TreeDictionary<String, Row> = [:]
    private var messagePositions: TreeDictionary<String, Int> = [:]
    private var nextPosition = 0
    private var nextMessage = 0

    init(_ indexes: [ItemIndex<Item>]) { self.indexes = indexes.map { FieldIndex($0) } }

    subscript(id: String) -> Item? { ids[id]?.item }

    /// Stores an item: in the place of the one with its id, or at the end.
    mutating func put(_ id: String, _ item: Item) {
        let old = ids[id]
        let row = Row(position: old?.position ?? nextPosition, id: id, item: item)
        ids[id] = row
        put(row, replacing: old)
    }

    /// Stores an item without an id at a position.
    mutating func put(_ position: Int, _ item: Item) {
        put(Row(position: position, id: nil, item: item), replacing: rows[position])
    }

    /// Stores an item without an id at the end.
    /// - Returns: its position.
    mutating func append(_ item: Item) -> Int {
        let position = nextPosition
        put(position, item)
        return position
    }

    @discardableResult
    mutating func remove(_ id: String) -> Item? {
        guard let row = ids[id] else { return nil }
        remove(row)
        return row.item
    }

    mutating func remove(_ row: Row) {
        if let id = row.id { ids[id] = nil }
        rows.remove(row.position)
        for index in indexes.indices { indexes[index].remove(row) }
    }

    /// Removes all items; positions are not given again.
    mutating func clear() {
        rows = SortedTree()
        ids = [:]
        for index in indexes.indices { indexes[index].clear() }
    }

    mutating func add(_ index: ItemIndex<Item>) {
        guard !indexes.contains(where: { $0.index.path == index.path && $0.index.kind == index.kind }) else { return }
        var content = FieldIndex(index)
        rows.visit(0..<rows.count) { _, row in
            content.insert(row)
            return true
        }
        indexes.append(content)
    }

    mutating func enqueue(_ message: OutboxMessage) {
        guard messagePositions[message.id] == nil else { return }
        messages.set(nextMessage, message)
        messagePositions[message.id] = nextMessage
        nextMessage += 1
    }

    /// False when there is no such message.
    mutating func dequeue(_ id: String) -> Bool {
        guard let position = messagePositions.removeValue(forKey: id) else { return false }
        return messages.remove(position)
    }

    // MARK: - Internal

    private mutating func put(_ row: Row, replacing old: Row?) {
        rows.set(row.position, row)
        for index in indexes.indices {
            if let old { indexes[index].remove(old) }
            indexes[index].insert(row)
        }
        if row.position < .max { nextPosition = max(nextPosition, row.position + 1) }
    }
}
