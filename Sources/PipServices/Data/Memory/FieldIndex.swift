internal import HashTreeCollections

/// The content of an ``ItemIndex``. A list has one entry per distinct element.
struct FieldIndex: Sendable {
    typealias Row = any StoredRow
    typealias Bucket = SortedTree<Int, Row>
    typealias Order = SortedTree<IndexKey, Row>

    enum Kind: Sendable { case hash, ordered }

    let kind: Kind
    let field: RowField
    private var hashed: TreeDictionary<HashedValue, Bucket> = [:]
    private(set) var ordered = Order()
    /// The number of items whose value is a list, which has any number of entries.
    private(set) var listCount = 0

    init<Item>(_ index: ItemIndex<Item>) {
        kind = index.kind == .ordered ? .ordered : .hash
        field = RowField(index.field)
    }

    var path: String { field.path }

    /// True if each item has exactly one entry, in the order of the field.
    var canSort: Bool { kind == .ordered && listCount == 0 }

    mutating func insert(_ row: Row) {
        let value = field.read(row)
        if case .array = value { listCount += 1 }
        for value in Self.entries(value) { enter(value, row) }
    }

    mutating func remove(_ row: Row) {
        let value = field.read(row)
        if case .array = value { listCount -= 1 }
        for value in Self.entries(value) {
            switch kind {
            case .hash:
                let key = HashedValue(value)
                hashed[key]?.remove(row.position)
                if hashed[key]?.isEmpty ?? false { hashed[key] = nil }
            case .ordered: ordered.remove(IndexKey(value: value, position: row.position))
            }
        }
    }

    /// Replaces a row with one at the same position.
    mutating func replace(_ old: Row, _ row: Row) {
        let (before, value) = (field.read(old), field.read(row))
        if value.array == nil, ValueOrder.compare(before, value) == 0 {
            // Unchanged entries are kept.
            enter(value, row)
        } else {
            remove(old)
            insert(row)
        }
    }

    mutating func clear() {
        hashed = [:]
        ordered = Order()
        listCount = 0
    }

    /// Returns the items with a value, in insertion order.
    func bucket(_ value: AnyValue) -> Bucket { hashed[HashedValue(value)] ?? Bucket() }

    /// Returns the ranks of an ordered index for which a condition may hold; nil if the index can't decide.
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

    private mutating func enter(_ value: AnyValue, _ row: Row) {
        switch kind {
        case .hash: hashed[HashedValue(value), default: Bucket()].set(row.position, row)
        case .ordered: ordered.set(IndexKey(value: value, position: row.position), row)
        }
    }

    private func ranks(_ from: IndexKey, _ to: IndexKey?) -> Range<Int> {
        let start = ordered.rank(from)
        return start..<max(start, to.map { ordered.rank($0) } ?? ordered.count)
    }

    private static func entries(_ value: AnyValue) -> [AnyValue] {
        guard case .array(let values) = value else { return [value] }
        return values.count < 2 ? values : Set(values.map { HashedValue($0) }).map(\.value)
    }
}
