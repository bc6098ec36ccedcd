internal import HashTreeCollections

/// A state of all items of an engine, with their indexes. It is a value whose copies share storage. ``ItemTable`` knows
/// the type of the items.
struct RowTable: Sendable {
    typealias Row = any StoredRow

    private(set) var rows = SortedTree<Int, Row>()
    private(set) var indexes: [FieldIndex]
    private(set) var messages = SortedTree<Int, OutboxMessage>()
    /// The position of the next new item.
    private(set) var nextPosition = 0
    private var ids: TreeDictionary<ScalarText, Row> = [:]
    private var messagePositions: TreeDictionary<ScalarText, Int> = [:]
    private var nextMessage = 0

    init(_ indexes: [FieldIndex]) { self.indexes = indexes }

    func row(_ id: String) -> Row? { ids[ScalarText(id)] }

    func row(at position: Int) -> Row? { rows[position] }

    /// Stores an item, replacing the one with its id or position.
    mutating func put(_ row: Row, replacing old: Row?) {
        if let id = row.id { ids[ScalarText(id)] = row }
        rows.set(row.position, row)
        for index in indexes.indices {
            if let old { indexes[index].replace(old, row) } else { indexes[index].insert(row) }
        }
        if row.position < .max { nextPosition = max(nextPosition, row.position + 1) }
    }

    mutating func remove(_ row: Row) {
        if let id = row.id { ids[ScalarText(id)] = nil }
        for index in indexes.indices { indexes[index].remove(row) }
        rows.remove(row.position)
    }

    /// Deletes all items. Positions are not reused.
    mutating func clear() {
        ids = [:]
        for index in indexes.indices { indexes[index].clear() }
        rows = SortedTree()
    }

    /// Adds and fills an index.
    mutating func add(_ index: FieldIndex) {
        guard !indexes.contains(where: { $0.path == index.path && $0.kind == index.kind }) else { return }
        var index = index
        rows.visit(0..<rows.count) { _, row in
            index.insert(row)
            return true
        }
        indexes.append(index)
    }

    /// Adds a message. Returns false if its id exists.
    mutating func enqueue(_ message: OutboxMessage) -> Bool {
        guard messagePositions[ScalarText(message.id)] == nil else { return false }
        messages.set(nextMessage, message)
        messagePositions[ScalarText(message.id)] = nextMessage
        nextMessage += 1
        return true
    }

    /// Removes a message. Returns false if it does not exist.
    mutating func dequeue(_ id: String) -> Bool {
        guard let position = messagePositions.removeValue(forKey: ScalarText(id)) else { return false }
        return messages.remove(position)
    }
}
