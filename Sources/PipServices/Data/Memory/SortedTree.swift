/// A sorted map, as a persistent tree whose copies share nodes.
///
/// Copying takes O(1), and a change after it copies only the nodes on one path. A reader can therefore keep its state
/// while a writer continues. Every node stores the number of values below each child, so that ranks are found in O(log
/// n).
struct SortedTree<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private enum Node: Sendable {
        case leaf([Entry])
        case inner([Child])
    }

    private struct Entry: Sendable {
        var key: Key
        var value: Value
    }

    private struct Child: Sendable {
        /// The largest key of the subtree.
        var last: Key
        /// The number of values in the subtree.
        var count: Int
        var node: Node
    }

    /// The maximum number of children of an inner node.
    private static var capacity: Int { 16 }
    /// The maximum number of entries of a leaf. A larger number makes a lower tree but more expensive changes: each
    /// entry of a copied leaf is retained.
    private static var leafCapacity: Int { 8 }
    private var root = Node.leaf([])
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    subscript(key: Key) -> Value? {
        var node = root
        while true {
            switch node {
            case .leaf(let entries):
                let index = Self.firstIndex(entries, key)
                return index < entries.count && entries[index].key == key ? entries[index].value : nil
            case .inner(let children):
                let index = Self.firstIndex(children, key)
                guard index < children.count else { return nil }
                node = children[index].node
            }
        }
    }

    /// Returns the number of smaller keys.
    func rank(_ key: Key) -> Int {
        var node = root
        var rank = 0
        while true {
            switch node {
            case .leaf(let entries): return rank + Self.firstIndex(entries, key)
            case .inner(let children):
                let index = Self.firstIndex(children, key)
                for child in children.prefix(index) { rank += child.count }
                guard index < children.count else { return rank }
                node = children[index].node
            }
        }
    }

    /// Returns the entry at a rank, or nil.
    func entry(at rank: Int) -> (key: Key, value: Value)? {
        var found: (key: Key, value: Value)?
        visit(rank..<max(rank, min(count, rank == .max ? rank : rank + 1))) { key, value in
            found = (key, value)
            return false
        }
        return found
    }

    /// Passes the entries at ranks to `body` until it returns false.
    func visit(_ ranks: Range<Int>, descending: Bool = false, _ body: (Key, Value) -> Bool) {
        let ranks = ranks.clamped(to: 0..<count)
        if !ranks.isEmpty { _ = Self.visit(root, ranks, descending, body) }
    }

    /// Sets the value under a key.
    mutating func set(_ key: Key, _ value: Value) {
        let (isNew, right) = Self.set(&root, key, value)
        if isNew { count += 1 }
        guard let right, let last = Self.last(root) else { return }
        root = .inner([Child(last: last, count: count - right.count, node: root), right])
    }

    /// Removes the value under a key. Returns false if there was none.
    @discardableResult
    mutating func remove(_ key: Key) -> Bool {
        guard Self.remove(&root, key) else { return false }
        count -= 1
        while case .inner(let children) = root, children.count < 2 { root = children.first?.node ?? .leaf([]) }
        return true
    }

    // MARK: - Internal

    private static func firstIndex(_ entries: [Entry], _ key: Key) -> Int {
        firstIndex(entries.count) { entries[$0].key < key }
    }

    private static func firstIndex(_ children: [Child], _ key: Key) -> Int {
        firstIndex(children.count) { children[$0].last < key }
    }

    /// Returns the first of `count` indices that is not before the wanted one.
    private static func firstIndex(_ count: Int, isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func last(_ node: Node) -> Key? {
        switch node {
        case .leaf(let entries): entries.last?.key
        case .inner(let children): children.last?.last
        }
    }

    private static func visit(
        _ node: Node, _ ranks: Range<Int>, _ descending: Bool, _ body: (Key, Value) -> Bool
    ) -> Bool {
        switch node {
        case .leaf(let entries):
            let indices = ranks.clamped(to: entries.indices)
            if descending {
                for index in indices.reversed() where !body(entries[index].key, entries[index].value) { return false }
            } else {
                for index in indices where !body(entries[index].key, entries[index].value) { return false }
            }
        case .inner(let children):
            var start = descending ? children.reduce(0) { $0 + $1.count } : 0
            for position in children.indices {
                let child = children[descending ? children.count - 1 - position : position]
                if descending { start -= child.count }
                let part = ranks.clamped(to: start..<start + child.count)
                if !part.isEmpty,
                    !visit(child.node, part.lowerBound - start..<part.upperBound - start, descending, body)
                {
                    return false
                }
                if !descending { start += child.count }
            }
        }
        return true
    }

    /// - Returns: whether the key is new, and the elements that did not fit into the node.
    private static func set(
        _ node: inout Node, _ key: Key, _ value: Value
    ) -> (isNew: Bool, right: Child?) {
        switch node {
        case .leaf(var entries):
            let index = firstIndex(entries, key)
            // Releases the second reference, so that the array is changed in place.
            node = .leaf([])
            defer { node = .leaf(entries) }
            if index < entries.count, entries[index].key == key {
                entries[index].value = value
                return (false, nil)
            }
            entries.insert(Entry(key: key, value: value), at: index)
            guard let right = split(&entries, leafCapacity, at: index), let last = right.last else {
                return (true, nil)
            }
            return (true, Child(last: last.key, count: right.count, node: .leaf(right)))
        case .inner(var children):
            let index = min(firstIndex(children, key), children.count - 1)
            node = .leaf([])
            defer { node = .inner(children) }
            let (isNew, right) = set(&children[index].node, key, value)
            if isNew { children[index].count += 1 }
            guard let right, let last = last(children[index].node) else {
                if children[index].last < key { children[index].last = key }
                return (isNew, nil)
            }
            children[index].count -= right.count
            children[index].last = last
            children.insert(right, at: index + 1)
            guard let right = split(&children, capacity, at: index + 1), let last = right.last else {
                return (isNew, nil)
            }
            return (isNew, Child(last: last.last, count: right.reduce(0) { $0 + $1.count }, node: .inner(right)))
        }
    }

    /// Splits a node that overflows after an insertion at an index.
    private static func split<Element>(_ elements: inout [Element], _ capacity: Int, at index: Int) -> [Element]? {
        guard elements.count > capacity else { return nil }
        // Appending in order fills the nodes instead of leaving each one half empty.
        let kept = index == elements.count - 1 ? capacity : capacity / 2
        let right = Array(elements[kept...])
        elements.removeSubrange(kept...)
        return right
    }

    /// Removes empty nodes but does not merge others: a table that shrinks usually grows again.
    private static func remove(_ node: inout Node, _ key: Key) -> Bool {
        switch node {
        case .leaf(var entries):
            let index = firstIndex(entries, key)
            guard index < entries.count, entries[index].key == key else { return false }
            node = .leaf([])
            entries.remove(at: index)
            node = .leaf(entries)
        case .inner(var children):
            let index = firstIndex(children, key)
            guard index < children.count else { return false }
            node = .leaf([])
            defer { node = .inner(children) }
            guard remove(&children[index].node, key) else { return false }
            children[index].count -= 1
            if let last = last(children[index].node) {
                // The last key changes only if the last entry was removed.
                if children[index].last == key { children[index].last = last }
            } else {
                children.remove(at: index)
            }
        }
        return true
    }
}
