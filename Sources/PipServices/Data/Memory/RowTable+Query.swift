/// A query on a table.
struct RowQuery: Sendable {
    /// A position in the order of the query: after the item with these values and this position.
    struct Place: Sendable {
        var values: [AnyValue]
        var position: Int
    }

    struct SortKey: Sendable {
        let field: RowField
        let ascending: Bool
    }

    let filter: FilterExpression
    let sort: [SortKey]
    let after: Place?
    let skip: Int
    let take: Int
    let countsAll: Bool
    /// Returns the reader of a field by its path.
    let reader: @Sendable (String) -> @Sendable (any StoredRow) -> AnyValue

    var isBackwards: Bool { sort.last.map { !$0.ascending } ?? false }

    func values(of row: any StoredRow) -> [AnyValue] { sort.map { $0.field.read(row) } }

    func areInOrder(_ left: [AnyValue], _ leftPosition: Int, _ right: [AnyValue], _ rightPosition: Int) -> Bool {
        for (index, key) in sort.enumerated() {
            let order = ValueOrder.compare(left[index], right[index])
            if order != 0 { return key.ascending == (order < 0) }
        }
        return isBackwards ? leftPosition > rightPosition : leftPosition < rightPosition
    }
}

extension RowTable {
    /// Returns the items that match a query, and their total number if requested.
    func find(_ query: RowQuery) -> (rows: [Row], total: Int?) {
        let conjuncts = query.filter.conjuncts
        var best = candidates(conjuncts)
        if let key = query.sort.first {
            // An index in the requested order returns a page without sorting all matches.
            guard query.sort.count == 1, let walk = walk(key, conjuncts),
                isCheaper(walk, than: best, query)
            else { return sorted(best, query) }
            best = walk
        }
        switch best.source {
        case .rows(let tree):
            return page(tree, 0..<tree.count, from: start(tree, query), best.rest, query)
        case .bucket(let tree):
            return page(tree, 0..<tree.count, from: start(tree, query), best.rest, query)
        case .index(let tree, let ranks) where !query.sort.isEmpty || best.isOneValue:
            let place = query.after.map { after in
                let key = IndexKey(
                    value: after.values.first ?? tree.entry(at: ranks.lowerBound)?.key.value ?? .null,
                    position: after.position)
                return tree.rank(key) + (query.isBackwards || tree[key] == nil ? 0 : 1)
            }
            let start = query.isBackwards ? ranks.upperBound : ranks.lowerBound
            return page(tree, ranks, from: place ?? start, best.rest, query)
        default: return sorted(best, query)
        }
    }

    /// Returns the number of items that match a filter.
    func count(_ query: RowQuery) -> Int {
        let best = candidates(query.filter.conjuncts)
        if best.rest.isEmpty, best.isExact { return best.count }
        let program = program(best.rest, query)
        var count = 0
        var seen: Set<Int> = []
        forEach(best) { row in
            if program?.holds(row) ?? true, best.isExact || seen.insert(row.position).inserted { count += 1 }
            return true
        }
        return count
    }

    // MARK: - Internal

    /// A superset of the items that match a filter.
    private struct Candidates {
        enum Source {
            /// All items in insertion order.
            case rows(SortedTree<Int, Row>)
            /// The items with one value of an index, in insertion order.
            case bucket(FieldIndex.Bucket)
            /// A range in the order of an index.
            case index(FieldIndex.Order, Range<Int>)
            /// Several sources, which may overlap.
            case parts([Source])
        }

        var source: Source
        /// The remaining conditions to evaluate.
        var rest: [FilterExpression]
        /// True if no item can occur twice.
        var isExact = true
        /// True for items with one value of an index, which are in insertion order.
        var isOneValue = false

        var count: Int { Self.count(source) }

        private static func count(_ source: Source) -> Int {
            switch source {
            case .rows(let tree): tree.count
            case .bucket(let tree): tree.count
            case .index(_, let ranks): ranks.count
            case .parts(let parts): parts.reduce(0) { $0 + count($1) }
            }
        }
    }

    /// Returns the smallest set of items that an index finds for one of the conditions; all items if no index applies.
    private func candidates(_ conjuncts: [FilterExpression]) -> Candidates {
        var best = Candidates(source: .rows(rows), rest: conjuncts)
        for index in indexes {
            for (number, conjunct) in conjuncts.enumerated() where conjunct.path == index.path {
                guard var found = candidates(conjunct, index) else { continue }
                found.rest = conjuncts
                found.rest.remove(at: number)
                if found.count < best.count || found.count == best.count && found.rest.count < best.rest.count {
                    best = found
                }
            }
            if let range = range(index, conjuncts), range.count < best.count { best = range }
        }
        return best
    }

    private func candidates(_ conjunct: FilterExpression, _ index: FieldIndex) -> Candidates? {
        switch (conjunct, index.kind) {
        case (.compare(_, .equal, .array), _): return nil
        case (.compare(_, .equal, let value), .hash): return Candidates(source: .bucket(index.bucket(value)), rest: [])
        case (.compare(_, .equal, _), .ordered):
            return index.ranks(conjunct).map {
                Candidates(source: .index(index.ordered, $0), rest: [], isOneValue: true)
            }
        case (.oneOf(let path, let values), let kind):
            guard !values.contains(where: { $0.array != nil }) else { return nil }
            let parts = Set(values.map { HashedValue($0) }).compactMap { value -> Candidates.Source? in
                if kind == .hash { return .bucket(index.bucket(value.value)) }
                return index.ranks(.compare(path: path, .equal, value.value)).map { .index(index.ordered, $0) }
            }
            return Candidates(source: .parts(parts), rest: [], isExact: index.listCount == 0)
        default: return nil
        }
    }

    /// Returns the range of an ordered index that satisfies all conditions on its field.
    private func range(_ index: FieldIndex, _ conjuncts: [FilterExpression]) -> Candidates? {
        guard index.canSort else { return nil }
        var ranks = 0..<index.ordered.count
        var rest: [FilterExpression] = []
        for conjunct in conjuncts {
            if conjunct.path == index.path, let part = index.ranks(conjunct) {
                ranks = ranks.clamped(to: part)
                // Clamping disjoint ranges results in an empty range at one end.
                if part.isEmpty { ranks = 0..<0 }
            } else {
                rest.append(conjunct)
            }
        }
        return Candidates(source: .index(index.ordered, ranks), rest: rest)
    }

    private func walk(_ key: RowQuery.SortKey, _ conjuncts: [FilterExpression]) -> Candidates? {
        indexes.first { $0.path == key.field.path && $0.canSort }.flatMap { range($0, conjuncts) }
    }

    /// Returns true if walking an index until a page is full examines fewer items than sorting all candidates.
    private func isCheaper(_ walk: Candidates, than other: Candidates, _ query: RowQuery) -> Bool {
        if walk.rest.isEmpty || other.count >= walk.count { return true }
        if query.countsAll { return false }
        let wanted = Double(query.skip) + Double(query.take)
        // Sorting costs about four visits per item.
        return wanted * Double(walk.count) / Double(max(1, other.count)) < Double(other.count) * 4
    }

    private func program(_ rest: [FilterExpression], _ query: RowQuery) -> FilterProgram<Row>? {
        guard !rest.isEmpty else { return nil }
        return FilterProgram(.and(rest), query.reader)
    }

    /// Returns the start of a page in insertion order.
    private func start(_ tree: SortedTree<Int, Row>, _ query: RowQuery) -> Int {
        query.after.map { tree.rank($0.position == .max ? .max : $0.position + 1) } ?? 0
    }

    /// Returns a page of a tree that is in the requested order.
    private func page<Key>(
        _ tree: SortedTree<Key, Row>, _ ranks: Range<Int>, from start: Int, _ rest: [FilterExpression],
        _ query: RowQuery
    ) -> (rows: [Row], total: Int?) {
        let backwards = query.isBackwards
        let start = min(max(start, ranks.lowerBound), ranks.upperBound)
        var open = backwards ? ranks.lowerBound..<start : start..<ranks.upperBound
        var found: [Row] = []
        guard let program = program(rest, query) else {
            let skip = min(query.skip, open.count)
            let take = min(query.take, open.count - skip)
            open =
                backwards
                ? open.upperBound - skip - take..<open.upperBound - skip
                : open.lowerBound + skip..<open.lowerBound + skip + take
            found.reserveCapacity(take)
            tree.visit(open, descending: backwards) { _, row in
                found.append(row)
                return true
            }
            return (found, query.countsAll ? ranks.count : nil)
        }
        var skip = query.skip
        if query.take > 0 {
            tree.visit(open, descending: backwards) { _, row in
                guard program.holds(row) else { return true }
                if skip > 0 { skip -= 1 } else { found.append(row) }
                return found.count < query.take
            }
        }
        guard query.countsAll else { return (found, nil) }
        var total = 0
        tree.visit(ranks) { _, row in
            if program.holds(row) { total += 1 }
            return true
        }
        return (found, total)
    }

    /// Returns a page of candidates that must be sorted first.
    private func sorted(_ candidates: Candidates, _ query: RowQuery) -> (rows: [Row], total: Int?) {
        let program = program(candidates.rest, query)
        var found: [(values: [AnyValue], row: Row)] = []
        var seen: Set<Int> = []
        forEach(candidates) { row in
            if program?.holds(row) ?? true, candidates.isExact || seen.insert(row.position).inserted {
                found.append((query.values(of: row), row))
            }
            return true
        }
        let total = query.countsAll ? found.count : nil
        if let after = query.after {
            found.removeAll { !query.areInOrder(after.values, after.position, $0.values, $0.row.position) }
        }
        found.sort { query.areInOrder($0.values, $0.row.position, $1.values, $1.row.position) }
        return (found.dropFirst(query.skip).prefix(query.take).map(\.row), total)
    }

    private func forEach(_ candidates: Candidates, _ body: (Row) -> Bool) { Self.forEach(candidates.source, body) }

    private static func forEach(_ source: Candidates.Source, _ body: (Row) -> Bool) {
        switch source {
        case .rows(let tree): tree.visit(0..<tree.count) { body($1) }
        case .bucket(let tree): tree.visit(0..<tree.count) { body($1) }
        case .index(let tree, let ranks): tree.visit(ranks) { body($1) }
        case .parts(let parts): for part in parts { forEach(part, body) }
        }
    }
}

extension FilterExpression {
    /// The path of the field to which a condition refers.
    fileprivate var path: String? {
        switch self {
        case .compare(let path, _, _), .oneOf(let path, _), .text(let path, _, _, _): path
        case .and, .or, .not: nil
        }
    }
}
