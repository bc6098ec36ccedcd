internal import HashTreeCollections

/// The content of an ``ItemIndex``. A list is entered by its elements.
struct FieldIndex<Item: Sendable>: Sendable {
    typealias Row = ItemRow<Item>

    let index: ItemIndex<Item>
    private var hashed: TreeDictionary<HashedValue, SortedTree<Int, Row>> = [:]
    private(set) var ordered = SortedTree<IndexKey, Row>()
    /// How many items have a list, and so any number of entries.
    private(set) var listCount = 0

    init(_ index: ItemIndex<Item>) { self.index = index }

    /// True when each item has one entry, in the order of the field.
    var canSort: Bool { index.kind == .ordered && listCount == 0 }

    mutating func insert(_ row: Row) {
        let value = index.field.read(row.item)
        if case .array = value { listCount += 1 }
        for value in Self.entries(value) {
            switch index.kind {
            case .hash: hashed[HashedValue(value), default: SortedTree()].set(row.position, row)
            case .ordered: ordered.set(IndexKey(value: value, position: row.position), row)
            }
        }
    }

    mutating func remove(_ row: Row) {
        let value = index.field.read(row.item)
        if case .array = value { listCount -= 1 }
        for value in Self.entries(value) {
            switch index.kind {
            case .hash:
                let key = HashedValue(value)
                hashed[key]?.remove(row.position)
                if hashed[key]?.isEmpty ?? false { hashed[key] = nil }
            case .ordered: ordered.remove(IndexKey(value: value, position: row.position))
            }
        }
    }

    mutating func clear() { self = FieldIndex(index) }

    /// The items with a value, as they were stored.
    func bucket(_ value: AnyValue) -> SortedTree<Int, Row> { hashed[HashedValue(value)] ?? SortedTree() }

    /// The ranks of an ordered index that a condition may hold for; nil when the index can't tell.
    func ranks(_ expression: FilterExpression) -> Range<Int>? {
        switch expression {
        case .compare(_, _, .array): nil
        case .compare(_, .equal, let value): ranks(.before(value), .after(value))
        case .compare(_, let comparison, let value):
            if let start = IndexKey.beforeKind(of: value), !value.isNaN {
                switch comparison {
                case .less: ranks(start, .before(value))
                case .lessOrEqual: ranks(start, .after(value))
                case .greater: ranks(.after(value), IndexKey.afterKind(of: value))
                default: ranks(.before(value), IndexKey.afterKind(of: value))
                }
            } else {
                0..<0
            }
        case .text(_, .prefix, let text, false):
            ranks(.before(.string(text)), IndexKey.afterPrefix(text) ?? IndexKey.afterKind(of: .string("")))
        default: nil
        }
    }

    // MARK: - Internal

    private func ranks(_ from: IndexKey, _ to: IndexKey?) -> Range<Int> {
        let start = ordered.rank(from)
        return start..<max(start, to.map { ordered.rank($0) } ?? ordered.count)
    }

    private static func entries(_ value: AnyValue) -> [AnyValue] {
        guard case .array(let values) = value else { return [value] }
        return values.count < 2 ? values : Set(values.map { HashedValue($0) }).map(\.value)
    }
}
