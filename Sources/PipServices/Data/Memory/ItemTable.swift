/// A ``RowTable`` of items of one type.
struct ItemTable<Item: Sendable>: Sendable {
    typealias Row = ItemRow<Item>

    private(set) var rows: RowTable

    /// Creates an empty table.
    init(_ indexes: [ItemIndex<Item>]) {
        rows = RowTable(indexes.map { FieldIndex($0) })
    }

    /// Creates a table around existing rows.
    init(_ rows: RowTable) { self.rows = rows }

    subscript(id: String) -> Item? {
        rows.row(id).flatMap(Row.of)?.item
    }

    /// Stores an item in place of the one with its id, or at the end.
    mutating func put(_ id: String, _ item: Item) {
        let old = rows.row(id)
        rows.put(Row(position: old?.position ?? rows.nextPosition, id: id, item: item), replacing: old)
    }

    /// Stores an item without an id at a position.
    mutating func put(_ position: Int, _ item: Item) {
        rows.put(Row(position: position, id: nil, item: item), replacing: rows.row(at: position))
    }

    /// Appends an item without an id.
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

    /// Deletes all items. Positions are not reused.
    mutating func clear() { rows.clear() }

    mutating func add(_ index: ItemIndex<Item>) {
        rows.add(FieldIndex(index))
    }

    /// Adds a message. Returns false if its id exists.
    @discardableResult
    mutating func enqueue(_ message: OutboxMessage) -> Bool { rows.enqueue(message) }

    /// Removes a message. Returns false if it does not exist.
    mutating func dequeue(_ id: String) -> Bool { rows.dequeue(id) }

    /// Returns the items that match a query, and their total number if requested.
    func find(_ query: ItemQuery<Item>) -> (rows: [Row], total: Int?) {
        let found = rows.find(query.untyped)
        return (found.rows.compactMap { Row.of($0) }, found.total)
    }

    /// Returns the number of items that match a filter.
    func count(_ query: ItemQuery<Item>) -> Int { rows.count(query.untyped) }
}

/// A query on a table.
struct ItemQuery<Item: Sendable>: Sendable {
    var filter: Filter<Item>
    var sort: Sort<Item>
    var after: RowQuery.Place?
    var skip = 0
    var take = Int.max
    var countsAll = false
    /// Returns the reader of a field that is not in the filter.
    var fallback: @Sendable (String) -> @Sendable (Item) -> AnyValue

    /// The type-erased query.
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
