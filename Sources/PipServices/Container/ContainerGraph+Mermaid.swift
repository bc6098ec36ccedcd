extension ContainerGraph {
    /// Renders the graph as a Mermaid flowchart: components grouped by room, an arrow to each dependency, problems in
    /// red. Components that the configuration does not list have a dashed border.
    ///
    /// A component used by most others, such as a logger, gets a user count instead of arrows.
    public func mermaid() -> String {
        let drawn = drawn
        var lines = ["flowchart TB"]
        for room in Room.allCases {
            let members = nodes.indices.filter { nodes[$0].room == room }
            guard !members.isEmpty else { continue }
            lines.append("  subgraph \(room)[\"\(room.rawValue)\"]")
            for index in members {
                var label = labels(of: index).map(Self.escape).joined(separator: "<br/>")
                if let users = drawn.users[index] { label += "<br/>used by \(users)" }
                lines.append("    c\(index)[\"\(label)\"]")
            }
            lines.append("  end")
        }
        for (pair, names) in drawn.arrows {
            let label = names.map(Self.escape).joined(separator: ", ")
            lines.append("  c\(pair.from) -->|\"\(label)\"| c\(pair.to)")
        }
        for (index, problem) in problems.enumerated() {
            lines.append("  p\(index)[\"\(Self.escape(problem.component ?? problem.code))\"]:::error")
        }
        for (index, node) in nodes.enumerated() {
            if let severity = node.severity {
                lines.append("  class c\(index) \(severity.rawValue)")
            } else if node.isImplied {
                lines.append("  class c\(index) implied")
            }
        }
        lines.append("  classDef error fill:#fdecea,stroke:#c62828,stroke-width:2px,color:#8e0000")
        lines.append("  classDef warning stroke:#c62828,stroke-dasharray:none")
        lines.append("  classDef implied stroke-dasharray:4 3")
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Internal

    /// The arrows to draw, and the user counts of components that get none.
    struct Drawn {
        struct Pair: Hashable {
            let from: Int
            let to: Int
        }
        var arrows: [(pair: Pair, names: [String])] = []
        var users: [Int: Int] = [:]
    }

    var drawn: Drawn {
        var pairs: [Drawn.Pair] = []
        var names: [Drawn.Pair: [String]] = [:]
        for edge in edges {
            let pair = Drawn.Pair(from: edge.from, to: edge.to)
            if names[pair] == nil { pairs.append(pair) }
            names[pair, default: []].append(edge.name)
        }
        let counts = Dictionary(grouping: pairs, by: \.to).mapValues(\.count)
        var drawn = Drawn()
        // Many arrows to one component would hide all others.
        drawn.users = counts.filter { $0.value > Self.mostArrows || isBackground($0.key) }
        drawn.arrows = pairs.filter { drawn.users[$0.to] == nil }.map { ($0, names[$0] ?? []) }
        return drawn
    }

    /// The maximum number of arrows to one component.
    private static let mostArrows = 6

    /// Returns true for a component that observes all others.
    private func isBackground(_ index: Int) -> Bool {
        ["logger", "counters", "tracer"].contains(Locator(nodes[index].name).descriptor?.type)
    }

    /// The label of a component: its kind, then its name and group.
    func labels(of index: Int) -> [String] {
        guard let descriptor = Locator(nodes[index].name).descriptor else { return [nodes[index].name] }
        let first = [descriptor.type, descriptor.kind].compactMap { $0 }.filter { $0 != "default" }
        let second = [descriptor.group, descriptor.name].compactMap { $0 }.filter { $0 != "default" }
        return [first.joined(separator: ":"), second.joined(separator: " · ")].filter { !$0.isEmpty }
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\"": escaped += "#quot;"
            case "#": escaped += "#35;"
            case "<": escaped += "#lt;"
            case ">": escaped += "#gt;"
            case "\n", "\r", "\r\n": escaped += " "
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension ContainerGraph.Node {
    /// The highest severity among its problems.
    var severity: ConfigProblem.Severity? {
        if problems.isEmpty { return nil }
        return problems.contains { $0.severity == .error } ? .error : .warning
    }
}
