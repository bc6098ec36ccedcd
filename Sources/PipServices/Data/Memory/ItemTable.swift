/// A ``RowTable`` of items of one type.
struct ItemTable<Item: Sendable>: Sendable {
    typealias Row = ItemRow<Item>

    private(set) var rows: RowTable

    /// A table that holds nothing.
    init(_ indexes: [ItemIndex<Item>]) {
        rows = RowTable(indexes.map { FieldIndex($0) })
    }

    /// The table again whose rows these are.
    init(_ rows: RowTable) { self.rows = rows }

    subscript(id: String) -> Item? {
        rows.row(id).flatMap(Row.of)?.item
    }

    /// Stores an item: in the place of the one with its id, or at the end.
    mutating func put(_ id: String, _ item: Item) {
        let old = rows.row(id)
        rows.put(Row(position: old?.position ?? rows.nextPosition, id: id, item: item), replacing: old)
    }

    /// Stores an item without an id at a position.
    mutating func put(_ position: Int, _ item: Item) {
        rows.put(Row(position: position, id: nil, item: item), replacing: rows.row(at: position))
    }

    /// Stores an item without an id at the end.
    /// - Returns: its position.
    mutating func append(_ item: Item) -> Int {
        let position = rows.nextPosition
        rows.put(Row(position: position, id: nil, item: item), replacing: nil)
        return position
    }

    @discardableResult
    mutating func remove(_ id: String) -> Item? {
        guard let row = rows.row(id) else { return nil }
        rows.remove(row)
        return Row.of(row)?.item
    }

    mutating func remove(_ row: Row) { rows.remove(row) }

    /// Removes all items; positions are not given again.
    mutating func clear() { rows.clear() }

    mutating func add(_ index: ItemIndex<Item>) {
        rows.add(FieldIndex(index))
    }

    /// False when there is one with its id.
    @discardableResult
    mutating func enqueue(_ message: OutboxMessage) -> Bool { rows.enqueue(message) }

    /// False when there is no such message.
    mutating func dequeue(_ id: String) -> Bool { rows.dequeue(id) }

    /// The items that a query asks for, and how many there are in all if that is asked too.
    func find(_ query: ItemQuery<Item>) -> (rows: [Row], total: Int?) {
        let found = rows.find(query.untyped)
        return (found.rows.compactMap { Row.of($0) }, found.total)
    }

    /// How many items a filter holds for.
    func count(_ query: ItemQuery<Item>) -> Int { rows.count(query.untyped) }
}

/// What is asked of a table.
struct ItemQuery<Item: Sendable>: Sendable {
    var filter: Filter<Item>
    var sort: Sort<Item>
    var after: RowQuery.Place?
    var skip = 0
    var take = Int.max
    var countsAll = false
    /// What reads a field that the filter does not know.
    var fallback: @Sendable (String) -> @Sendable (Item) -> AnyValue

    /// The same of rows.
    fileprivate var untyped: RowQuery {
        RowQuery(
            filter: filter.expression,
            sort: sort.keys.map { RowQuery.SortKey(field: RowField($0.field), ascending: $0.ascending) },
            after: after, skip: skip, take: take, countsAll: countsAll,
            reader: { [fields = filter.fields, fallback] path in
                RowField(AnyField<Item>(path: path, read: fields[path] ?? fallback(path))).read
            })
    }
}
