internal import HashTreeCollections

/// All items of an engine at one moment, with their indexes. A value whose copies share what they have in common. What the
/// items are is known to an ``ItemTable``.
struct RowTable: Sendable {
    typealias Row = any StoredRow

    private(set) var rows = SortedTree<Int, Row>()
    private(set) var indexes: [FieldIndex]
    private(set) var messages = SortedTree<Int, OutboxMessage>()
    /// The position of the next item that is new.
    private(set) var nextPosition = 0
    private var ids: TreeDictionary<ScalarText, Row> = [:]
    private var messagePositions: TreeDictionary<ScalarText, Int> = [:]
    private var nextMessage = 0

    init(_ indexes: [FieldIndex]) { self.indexes = indexes }

    func row(_ id: String) -> Row? { ids[ScalarText(id)] }

    func row(at position: Int) -> Row? { rows[position] }

    /// Stores an item, in the place of another one if there is one with its id or position.
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

    /// Removes all items; positions are not given again.
    mutating func clear() {
        ids = [:]
        for index in indexes.indices { indexes[index].clear() }
        rows = SortedTree()
    }

    /// Adds an index, and fills it.
    mutating func add(_ index: FieldIndex) {
        guard !indexes.contains(where: { $0.path == index.path && $0.kind == index.kind }) else { return }
        var index = index
        rows.visit(0..<rows.count) { _, row in
            index.insert(row)
            return true
        }
        indexes.append(index)
    }

    /// False when there is one with its id.
    mutating func enqueue(_ message: OutboxMessage) -> Bool {
        guard messagePositions[ScalarText(message.id)] == nil else { return false }
        messages.set(nextMessage, message)
        messagePositions[ScalarText(message.id)] = nextMessage
        nextMessage += 1
        return true
    }

    /// False when there is no such message.
    mutating func dequeue(_ id: String) -> Bool {
        guard let position = messagePositions.removeValue(forKey: ScalarText(id)) else { return false }
        return messages.remove(position)
    }
}
