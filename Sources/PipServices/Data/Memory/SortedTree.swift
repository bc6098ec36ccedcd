/// Values in the order of their keys, as a tree whose copies share what they have in common.
///
/// A copy costs nothing, and a change after it copies only the nodes on one path: that is how readers keep a state of
/// their own while a writer goes on. Every node knows how many values are below it, so that ranks are found in O(log n).
struct SortedTree<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private struct Node: Sendable {
        /// Of a leaf, the keys of the values; above, the largest key of each child.
        var keys: [Key] = []
        var values: [Value] = []
        var children: [Node] = []
        var count = 0
    }

    private static var capacity: Int { 32 }
    private var root = Node()

    var count: Int { root.count }
    var isEmpty: Bool { root.count == 0 }

    subscript(key: Key) -> Value? {
        var node = root
        while true {
            let index = Self.firstIndex(node.keys, notBefore: key)
            guard index < node.keys.count else { return nil }
            guard !node.children.isEmpty else { return node.keys[index] == key ? node.values[index] : nil }
            node = node.children[index]
        }
    }

    /// How many keys are smaller.
    func rank(_ key: Key) -> Int {
        var node = root
        var rank = 0
        while true {
            let index = Self.firstIndex(node.keys, notBefore: key)
            guard !node.children.isEmpty else { return rank + index }
            for child in node.children.prefix(index) { rank += child.count }
            guard index < node.children.count else { return rank }
            node = node.children[index]
        }
    }

    /// The entry at a rank; nil when there are not so many.
    func entry(at rank: Int) -> (key: Key, value: Value)? {
        var found: (key: Key, value: Value)?
        visit(rank..<max(rank, min(count, rank == .max ? rank : rank + 1))) { key, value in
            found = (key, value)
            return false
        }
        return found
    }

    /// Shows the entries at ranks, until `body` says false.
    func visit(_ ranks: Range<Int>, descending: Bool = false, _ body: (Key, Value) -> Bool) {
        let ranks = ranks.clamped(to: 0..<count)
        if !ranks.isEmpty { _ = Self.visit(root, ranks, descending, body) }
    }

    /// Puts a value under a key, replacing what is there.
    mutating func set(_ key: Key, _ value: Value) {
        guard let right = Self.set(&root, key, value).split else { return }
        var top = Node()
        top.children = [root, right]
        top.keys = top.children.compactMap(\.keys.last)
        top.count = root.count + right.count
        root = top
    }

    /// Removes the value under a key. False when there was none.
    @discardableResult
    mutating func remove(_ key: Key) -> Bool {
        guard Self.remove(&root, key) else { return false }
        while root.children.count == 1 { root = root.children[0] }
        return true
    }

    // MARK: - Internal

    private static func firstIndex(_ keys: [Key], notBefore key: Key) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func visit(
        _ node: Node, _ ranks: Range<Int>, _ descending: Bool, _ body: (Key, Value) -> Bool
    ) -> Bool {
        if node.children.isEmpty {
            let indices = ranks.clamped(to: 0..<node.keys.count)
            if descending {
                for index in indices.reversed() where !body(node.keys[index], node.values[index]) { return false }
            } else {
                for index in indices where !body(node.keys[index], node.values[index]) { return false }
            }
            return true
        }
        var start = descending ? node.count : 0
        for position in node.children.indices {
            let child = node.children[descending ? node.children.count - 1 - position : position]
            if descending { start -= child.count }
            let part = ranks.clamped(to: start..<start + child.count)
            if !part.isEmpty, !visit(child, part.lowerBound - start..<part.upperBound - start, descending, body) {
                return false
            }
            if !descending { start += child.count }
        }
        return true
    }

    /// - Returns: whether the key is new, and what did not fit into the node.
    private static func set(_ node: inout Node, _ key: Key, _ value: Value) -> (isNew: Bool, split: Node?) {
        var index = firstIndex(node.keys, notBefore: key)
        if node.children.isEmpty {
            if index < node.keys.count, node.keys[index] == key {
                node.values[index] = value
                return (false, nil)
            }
            node.keys.insert(key, at: index)
            node.values.insert(value, at: index)
            node.count += 1
            // What is appended in order fills its nodes, rather than leaving each half empty.
            return (true, split(&node, isLast: index == node.keys.count - 1))
        }
        index = min(index, node.children.count - 1)
        let isLast = index == node.children.count - 1
        let (isNew, right) = set(&node.children[index], key, value)
        if isNew { node.count += 1 }
        if let last = node.children[index].keys.last { node.keys[index] = last }
        guard let right, let last = right.keys.last else { return (isNew, nil) }
        node.children.insert(right, at: index + 1)
        node.keys.insert(last, at: index + 1)
        return (isNew, split(&node, isLast: isLast))
    }

    private static func split(_ node: inout Node, isLast: Bool) -> Node? {
        guard node.keys.count > capacity else { return nil }
        let kept = isLast ? capacity - 1 : capacity / 2
        var right = Node()
        right.keys = Array(node.keys[kept...])
        node.keys.removeSubrange(kept...)
        if node.children.isEmpty {
            right.values = Array(node.values[kept...])
            node.values.removeSubrange(kept...)
            right.count = right.keys.count
        } else {
            right.children = Array(node.children[kept...])
            node.children.removeSubrange(kept...)
            right.count = right.children.reduce(0) { $0 + $1.count }
        }
        node.count -= right.count
        return right
    }

    /// Nodes are dropped when they are empty, and not joined before: what shrinks mostly grows again.
    private static func remove(_ node: inout Node, _ key: Key) -> Bool {
        let index = firstIndex(node.keys, notBefore: key)
        guard index < node.keys.count else { return false }
        if node.children.isEmpty {
            guard node.keys[index] == key else { return false }
            node.keys.remove(at: index)
            node.values.remove(at: index)
        } else {
            guard remove(&node.children[index], key) else { return false }
            if let last = node.children[index].keys.last {
                node.keys[index] = last
            } else {
                node.children.remove(at: index)
                node.keys.remove(at: index)
            }
        }
        node.count -= 1
        return true
    }
}
