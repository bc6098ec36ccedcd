/// The order in which components are opened: dependencies first.
struct ComponentOrder: Sendable {
    /// The component indexes in opening order. Ties and cycles keep the order of the file.
    private(set) var indexes: [Int] = []
    /// Cycles of components that depend on each other.
    private(set) var cycles: [[Int]] = []

    init() {}

    init(_ components: [ManagedComponent]) {
        var places: [ObjectIdentifier: Int] = [:]
        for (index, component) in components.enumerated() {
            // A dependency may resolve to a component or to a child of one.
            for inner in component.model.components { places[ObjectIdentifier(inner)] = index }
        }
        func dependencies(of index: Int) -> ArraySlice<Int> {
            components[index].model.openedBefore.compactMap { places[$0] }.filter { $0 != index }.sorted()[...]
        }
        enum State { case new, onStack, done }
        var states = [State](repeating: .new, count: components.count)
        // Iterative: a long chain of dependencies must not overflow the call stack.
        for root in components.indices where states[root] == .new {
            states[root] = .onStack
            var stack = [(index: root, next: dependencies(of: root))]
            while let top = stack.last {
                if let next = top.next.first {
                    stack[stack.count - 1].next = top.next.dropFirst()
                    switch states[next] {
                    case .done: break
                    case .onStack:
                        let start = stack.lastIndex { $0.index == next } ?? 0
                        let cycle = stack[start...].map(\.index)
                        if !cycles.contains(cycle) { cycles.append(cycle) }
                    case .new:
                        states[next] = .onStack
                        stack.append((next, dependencies(of: next)))
                    }
                } else {
                    indexes.append(top.index)
                    states[top.index] = .done
                    stack.removeLast()
                }
            }
        }
    }
}
