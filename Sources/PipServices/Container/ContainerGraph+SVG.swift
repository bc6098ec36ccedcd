extension ContainerGraph {
    /// Renders the graph as a self-contained SVG image: components grouped by room, an arrow to each dependency,
    /// problems in red with their messages below. Components that the configuration does not list have a dashed border.
    ///
    /// A component used by most others, such as a logger, gets a user count instead of arrows.
    public func svg() -> String {
        var drawing = SVGDrawing(self)
        return drawing.draw()
    }
}

/// Draws a graph.
private struct SVGDrawing {
    private let graph: ContainerGraph
    private let drawn: ContainerGraph.Drawn
    private let layout: GraphLayout
    private let cardWidth: Double
    private var lines: [String] = []

    init(_ graph: ContainerGraph) {
        self.graph = graph
        drawn = graph.drawn
        let longest = graph.nodes.indices.flatMap { graph.labels(of: $0) }.map(\.count).max() ?? 0
        cardWidth = min(250, max(150, Double(longest) * 7.8 + 36))
        layout = GraphLayout(graph, arrows: drawn.arrows.map(\.pair), cardWidth: cardWidth)
    }

    mutating func draw() -> String {
        let messages = messages
        let height = layout.height + (messages.isEmpty ? 10 : 40 + Double(messages.count) * 20)
        lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(n(layout.width)) \(n(height))" \
            width="\(n(layout.width))" height="\(n(height))" \
            font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">
            """,
            "<title>\(escape(graph.name))</title>",
            "<defs>",
        ]
        for room in ContainerGraph.Room.allCases {
            lines.append(
                """
                <marker id="to-\(room)" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
                orient="auto"><path d="M0 0.5 L7.5 4 L0 7.5 Z" fill="\(room.accent)"/></marker>
                """)
        }
        lines.append("</defs>")
        lines.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>")
        header()
        for (room, box) in layout.rooms { band(room, box) }
        for (pair, names) in drawn.arrows { arrow(pair, names) }
        for index in graph.nodes.indices { card(index) }
        list(messages)
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Parts

    private mutating func header() {
        let problems = graph.problems + graph.nodes.flatMap(\.problems)
        text(GraphLayout.margin, 38, size: 22, weight: 600, "#1f2933", graph.name)
        let summary = [
            count(graph.nodes.count, "component"), count(graph.edges.count, "dependency", "dependencies"),
        ]
        text(GraphLayout.margin, 59, size: 13, "#616e7c", summary.joined(separator: ", "))
        if !problems.isEmpty {
            text(
                layout.width - GraphLayout.margin, 38, size: 14, weight: 600, Self.red,
                count(problems.count, "problem"), anchor: "end")
        }
        if graph.nodes.contains(where: \.isImplied) {
            text(
                layout.width - GraphLayout.margin, 59, size: 12, "#616e7c", "dashed: not in the configuration",
                anchor: "end")
        }
    }

    private mutating func band(_ room: ContainerGraph.Room, _ box: GraphLayout.Box) {
        lines.append(rect(box, radius: 14, "fill=\"\(room.tint)\""))
        text(box.x + 18, box.y + 25, size: 13, weight: 600, room.accent, room.rawValue)
    }

    private mutating func arrow(_ pair: ContainerGraph.Drawn.Pair, _ names: [String]) {
        let from = layout.cards[pair.from]
        let to = layout.cards[pair.to]
        let room = graph.nodes[pair.from].room
        let path: String
        if to.y >= from.bottom {
            // Downwards: leaves and arrives vertically, so that arrowheads are clear.
            let bend = max(18, (to.y - from.bottom) * 0.45)
            path =
                "M\(n(from.centerX)) \(n(from.bottom)) C\(n(from.centerX)) \(n(from.bottom + bend)) "
                + "\(n(to.centerX)) \(n(to.y - bend)) \(n(to.centerX)) \(n(to.y - 1))"
        } else if to.y == from.y {
            // Same row: an arc below the row.
            let depth = from.bottom + 26
            path =
                "M\(n(from.centerX)) \(n(from.bottom)) C\(n(from.centerX)) \(n(depth)) \(n(to.centerX)) \(n(depth)) "
                + "\(n(to.centerX)) \(n(to.bottom + 1))"
        } else {
            // Upwards: enters from above.
            let bend = max(18, (from.y - to.bottom) * 0.45)
            path =
                "M\(n(from.centerX)) \(n(from.y)) C\(n(from.centerX)) \(n(from.y - bend)) "
                + "\(n(to.centerX)) \(n(to.bottom + bend)) \(n(to.centerX)) \(n(to.bottom + 1))"
        }
        let title = "\(graph.nodes[pair.from].name) → \(graph.nodes[pair.to].name): \(names.joined(separator: ", "))"
        lines.append(
            """
            <path d="\(path)" fill="none" stroke="\(room.accent)" stroke-opacity="0.55" stroke-width="1.5" \
            marker-end="url(#to-\(room))"><title>\(escape(title))</title></path>
            """)
    }

    private mutating func card(_ index: Int) {
        let node = graph.nodes[index]
        let box = layout.cards[index]
        let labels = graph.labels(of: index)
        let users = drawn.users[index]
        let fill = node.severity == .error ? "#fdecea" : "#ffffff"
        let stroke = node.severity == nil ? "#cbd2d9" : Self.red
        let dash = node.isImplied ? " stroke-dasharray=\"5 3\"" : ""
        let tip = ([node.name] + node.problems.map(\.message)).joined(separator: "\n")
        lines.append("<g><title>\(escape(tip))</title>")
        let width = node.severity == nil ? "1" : "2"
        lines.append(
            rect(box, radius: 9, "fill=\"\(fill)\" stroke=\"\(stroke)\" stroke-width=\"\(width)\"\(dash)"))
        let bar = GraphLayout.Box(x: box.x + 9, y: box.y + 11, width: 4, height: box.height - 22)
        lines.append(rect(bar, radius: 2, "fill=\"\(node.severity == nil ? node.room.accent : Self.red)\""))
        let room = cardWidth - 34
        let color = node.severity == nil ? "#1f2933" : "#8e0000"
        text(box.x + 22, box.y + (labels.count > 1 ? 24 : 32), size: 13, weight: 600, color, cut(labels[0], room, 7.4))
        if labels.count > 1 {
            let left = room - (users == nil ? 0 : 62)
            text(box.x + 22, box.y + 41, size: 11.5, "#616e7c", cut(labels[1], left, 6.3))
        }
        if let users {
            text(
                box.x + box.width - 12, box.y + 41, size: 11, weight: 600, node.room.accent, "used by \(users)",
                anchor: "end")
        }
        lines.append("</g>")
    }

    /// The problem messages, wrapped to the image width.
    private var messages: [(text: String, isFirst: Bool)] {
        let most = max(40, Int((layout.width - 2 * GraphLayout.margin - 24) / 6.6))
        return (graph.problems + graph.nodes.flatMap(\.problems)).flatMap { problem in
            var lines: [(text: String, isFirst: Bool)] = []
            var line = ""
            for word in "\(problem)".parts(separatedBy: " ", omittingEmpty: true) {
                if !line.isEmpty, line.count + word.count + 1 > most {
                    lines.append((line, lines.isEmpty))
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            lines.append((line, lines.isEmpty))
            return lines
        }
    }

    private mutating func list(_ messages: [(text: String, isFirst: Bool)]) {
        guard !messages.isEmpty else { return }
        var y = layout.height + 10
        text(GraphLayout.margin, y, size: 14, weight: 600, Self.red, "Problems")
        for message in messages {
            y += 20
            if message.isFirst {
                let x = n(GraphLayout.margin + 5)
                lines.append("<circle cx=\"\(x)\" cy=\"\(n(y - 4))\" r=\"3\" fill=\"\(Self.red)\"/>")
            }
            text(GraphLayout.margin + 18, y, size: 12.5, "#3e4c59", message.text)
        }
    }

    // MARK: - Marks

    private static let red = "#c62828"

    private mutating func text(
        _ x: Double, _ y: Double, size: Double, weight: Int = 400, _ color: String, _ text: String,
        anchor: String = "start"
    ) {
        lines.append(
            """
            <text x="\(n(x))" y="\(n(y))" font-size="\(n(size))" font-weight="\(weight)" fill="\(color)" \
            text-anchor="\(anchor)">\(escape(text))</text>
            """)
    }

    private func rect(_ box: GraphLayout.Box, radius: Double, _ style: String) -> String {
        """
        <rect x="\(n(box.x))" y="\(n(box.y))" width="\(n(box.width))" height="\(n(box.height))" rx="\(n(radius))" \
        \(style)/>
        """
    }

    private func cut(_ text: String, _ width: Double, _ letter: Double) -> String {
        let most = max(1, Int(width / letter))
        return text.count <= most ? text : text.prefix(most - 1) + "…"
    }

    private func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }

    /// A number with at most one decimal.
    private func n(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }

    private func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // Other control characters are not allowed in XML.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension ContainerGraph.Room {
    fileprivate var accent: String {
        switch self {
        case .remote: "#1a5fb4"
        case .messaging: "#813d9c"
        case .service: "#1b7f4b"
        case .data: "#b35c00"
        case .components: "#52606d"
        }
    }

    fileprivate var tint: String {
        switch self {
        case .remote: "#eaf2fc"
        case .messaging: "#f6eefa"
        case .service: "#e9f7ef"
        case .data: "#fdf3e6"
        case .components: "#f2f4f7"
        }
    }
}
