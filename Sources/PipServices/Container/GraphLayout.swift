/// The positions of components in a graph image. Rooms are stacked from top to bottom. Within a room, a component is
/// above its dependencies and near the components to which it is connected.
struct GraphLayout {
    struct Box {
        var x = 0.0
        var y = 0.0
        var width = 0.0
        var height = 0.0

        var centerX: Double { x + width / 2 }
        var bottom: Double { y + height }
    }

    static let cardHeight = 54.0
    static let margin = 32.0
    static let headerHeight = 76.0

    private static let gap = 28.0
    private static let rowGap = 44.0
    private static let roomGap = 34.0
    private static let roomTop = 40.0
    private static let roomBottom = 22.0

    /// The box of each component.
    private(set) var cards: [Box]
    /// The box of each room that has components, from top to bottom.
    private(set) var rooms: [(room: ContainerGraph.Room, box: Box)] = []
    private(set) var width = 0.0
    private(set) var height = 0.0

    init(_ graph: ContainerGraph, arrows: [ContainerGraph.Drawn.Pair], cardWidth: Double) {
        cards = [Box](repeating: Box(width: cardWidth, height: Self.cardHeight), count: graph.nodes.count)
        var rows = Self.rows(graph, arrows)
        Self.order(&rows, arrows, count: graph.nodes.count)
        let widest = Double(rows.flatMap(\.rows).map(\.count).max() ?? 1)
        let inner = max(620, widest * (cardWidth + Self.gap) - Self.gap)
        width = inner + 2 * Self.gap + 2 * Self.margin
        var y = Self.headerHeight
        for (room, roomRows) in rows {
            let top = y
            y += Self.roomTop
            for row in roomRows {
                let taken = Double(row.count) * (cardWidth + Self.gap) - Self.gap
                var x = (width - taken) / 2
                for index in row {
                    cards[index].x = x
                    cards[index].y = y
                    x += cardWidth + Self.gap
                }
                y += Self.cardHeight + Self.rowGap
            }
            y += Self.roomBottom - Self.rowGap
            let box = Box(x: Self.margin, y: top, width: width - 2 * Self.margin, height: y - top)
            rooms.append((room, box))
            y += Self.roomGap
        }
        height = y
    }

    // MARK: - Internal

    private typealias RoomRows = (room: ContainerGraph.Room, rows: [[Int]])

    private static func rows(_ graph: ContainerGraph, _ arrows: [ContainerGraph.Drawn.Pair]) -> [RoomRows] {
        let columns = min(7, max(3, Int((Double(graph.nodes.count) * 0.9).squareRoot().rounded(.up))))
        return ContainerGraph.Room.allCases.compactMap { room in
            let members = graph.nodes.indices.filter { graph.nodes[$0].room == room }
            guard !members.isEmpty else { return nil }
            let depths = depths(members, arrows)
            var rows: [[Int]] = []
            for depth in Set(depths.values).sorted() {
                let level = members.filter { depths[$0] == depth }
                // Rows of similar length look calmer than full rows and a short last one.
                let count = (level.count + columns - 1) / columns
                for row in 0..<count {
                    rows.append(Array(level[(row * level.count / count)..<((row + 1) * level.count / count)]))
                }
            }
            return (room, rows)
        }
    }

    /// Returns the length of the longest path of arrows to each of the components.
    private static func depths(_ members: [Int], _ arrows: [ContainerGraph.Drawn.Pair]) -> [Int: Int] {
        var depths = Dictionary(uniqueKeysWithValues: members.map { ($0, 0) })
        let inner = arrows.filter { depths[$0.from] != nil && depths[$0.to] != nil }
        // Limited by the number of components, because the depth would grow without end in a cycle.
        for _ in 0..<min(members.count, 20) {
            var isChanged = false
            for arrow in inner {
                guard let from = depths[arrow.from], let to = depths[arrow.to], to <= from else { continue }
                depths[arrow.to] = min(from + 1, members.count - 1)
                isChanged = to != depths[arrow.to] || isChanged
            }
            if !isChanged { break }
        }
        return depths
    }

    /// Moves the components of each row near the components to which they are connected.
    private static func order(_ rows: inout [RoomRows], _ arrows: [ContainerGraph.Drawn.Pair], count: Int) {
        var neighbours = [[Int]](repeating: [], count: count)
        for arrow in arrows {
            neighbours[arrow.from].append(arrow.to)
            neighbours[arrow.to].append(arrow.from)
        }
        var positions = [Double](repeating: 0.5, count: count)
        func place(_ row: [Int]) {
            for (index, node) in row.enumerated() { positions[node] = (Double(index) + 0.5) / Double(row.count) }
        }
        for row in rows.flatMap(\.rows) { place(row) }
        for sweep in 0..<8 {
            let places = rows.indices.flatMap { room in rows[room].rows.indices.map { (room, $0) } }
            for (room, row) in sweep.isMultiple(of: 2) ? places : places.reversed() {
                let keyed = rows[room].rows[row].map { node in
                    let near = neighbours[node]
                    let mean = near.reduce(0) { $0 + positions[$1] } / Double(max(1, near.count))
                    return (node: node, key: near.isEmpty ? positions[node] : mean)
                }
                // A stable sort: equal components keep the order of the configuration.
                let sorted = keyed.enumerated().sorted {
                    ($0.element.key, $0.offset) < ($1.element.key, $1.offset)
                }
                rows[room].rows[row] = sorted.map(\.element.node)
                place(rows[room].rows[row])
            }
        }
    }
}
