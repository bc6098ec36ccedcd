/// The order in which components are opened: what a component depends on comes before it.
enum ComponentOrder {
    /// The indexes in that order. Ties and cycles are broken by the order in the file.
    static func sort(_ components: [ManagedComponent]) -> [Int] {
        var indexes: [ObjectIdentifier: Int] = [:]
        for (index, component) in components.enumerated() {
            // What is linked may be the component or one inside it.
            for inner in component.model.components { indexes[ObjectIdentifier(inner)] = index }
        }
        var order: [Int] = []
        var isVisited = [Bool](repeating: false, count: components.count)
        // An own stack: a long chain of dependencies must not end in a stack overflow.
        for root in components.indices where !isVisited[root] {
            isVisited[root] = true
            var stack = [(index: root, next: dependencies(of: components[root], indexes)[...])]
            while let top = stack.last {
                if let next = top.next.first {
                    stack[stack.count - 1].next = top.next.dropFirst()
                    guard !isVisited[next] else { continue }
                    isVisited[next] = true
                    stack.append((next, dependencies(of: components[next], indexes)[...]))
                } else {
                    order.append(top.index)
                    stack.removeLast()
                }
            }
        }
        return order
    }

    private static func dependencies(of component: ManagedComponent, _ indexes: [ObjectIdentifier: Int]) -> [Int] {
        component.model.linked.compactMap { indexes[$0] }.sorted()
    }
}
