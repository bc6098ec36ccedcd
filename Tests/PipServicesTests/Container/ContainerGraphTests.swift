import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct ContainerGraphTests {
    final class Part: Component {
        let first = OptionalDependency<Part>("first", "none")
        let second = OptionalDependency<Part>("second", "none")
        let many = Dependencies<Part>("many", "none")
        let logger = CompositeLogger()
    }

    static let factory = Factory().register("*:*:part:*:1.0") { Part() }

    /// Draws a service of parts: each line is `group:type:name` and the names of what it needs.
    private func graph(_ lines: [String], more: String = "") async throws -> ContainerGraph {
        var yaml = "- descriptor: pip-services:logger:null:default:1.0\n\(more)\n"
        var descriptors: [Substring: String] = [:]
        for line in lines {
            let words = line.split(separator: " ")
            let parts = words[0].split(separator: ":")
            descriptors[parts[2]] = "\(parts[0]):\(parts[1]):part:\(parts[2]):1.0"
        }
        for line in lines {
            let words = line.split(separator: " ")
            yaml += "- descriptor: \(try #require(descriptors[words[0].split(separator: ":")[2]]))\n"
            for (slot, word) in zip(["first", "second"], words.dropFirst()) {
                yaml += "  dependencies.\(slot): \"\(descriptors[word] ?? String(word))\"\n"
            }
        }
        let container = Container("shop", factories: [Self.factory])
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
        return await container.graph()
    }

    @Test func itTellsComponentsByRoomAndDependenciesByName() async throws {
        let graph = try await graph(["shop:controller:web items", "shop:service:items store", "shop:persistence:store"])
        #expect(graph.nodes.map(\.room) == [.components, .components, .remote, .service, .data])
        #expect(graph.nodes.map(\.isImplied) == [true, false, false, false, false])
        let names = graph.edges.map {
            "\(graph.nodes[$0.from].name) \($0.name) \(graph.nodes[$0.to].name)"
        }
        #expect(names.contains("shop:controller:part:web:1.0 first shop:service:part:items:1.0"))
        #expect(names.contains("shop:service:part:items:1.0 first shop:persistence:part:store:1.0"))
        #expect(names.contains("shop:service:part:items:1.0 loggers pip-services:logger:null:default:1.0"))
    }

    @Test func mermaidHasEveryComponentAndArrow() async throws {
        let text = try await graph(["shop:service:a b", "shop:service:b", "shop:service:c absent"]).mermaid()
        #expect(text.hasPrefix("flowchart TB\n"))
        #expect(text.contains("subgraph service[\"Service\"]"))
        #expect(text.contains("c2[\"service:part<br/>shop · a\"]"))
        #expect(text.contains("c2 -->|\"first\"| c3"))
        #expect(text.contains("<br/>used by 3"), "loggers get no arrows")
        #expect(!text.contains("--> c1") && !text.contains("| c1"))
        #expect(text.contains("class c4 error"), "an unresolved dependency is red")
        #expect(text.contains("class c0 implied"))
    }

    @Test func whatCouldNotBeCreatedIsDrawnToo() async throws {
        let graph = try await graph(["shop:service:a"], more: "- descriptor: shop:service:other:b:1.0")
        #expect(graph.problems.map(\.code) == ["UNKNOWN_DESCRIPTOR"])
        #expect(graph.mermaid().contains("p0[\"shop:service:other:b:1.0\"]:::error"))
        #expect(graph.svg().contains("Unknown descriptor"))
    }

    @Test func theSVGIsWellFormedAndHoldsEverything() async throws {
        let graph = try await graph(
            [
                "shop:controller:web items", "shop:service:items store", "shop:persistence:store",
                "shop:service:<&> none",
            ])
        let svg = graph.svg()
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains("shop · &lt;&amp;&gt;"))
        #expect(!svg.contains("http://") || svg.components(separatedBy: "http://").count == 2, "nothing is fetched")
        for room in ["RPC", "Service", "Data", "Components"] { #expect(svg.contains(">\(room)</text>")) }
        try SVGShape.check(svg)
    }

    @Test(arguments: [5, 60])
    func cardsDoNotOverlap(count: Int) async throws {
        let random = SeededRandom(seed: 7)
        let types = ["controller", "service", "persistence", "message-queue", "connection"]
        var lines: [String] = []
        for index in 0..<count {
            let type = types[index * types.count / count]
            var words = ["\(type == "connection" ? "pip-services" : "shop"):\(type):n\(index)"]
            let later = min(15, count - index - 1)
            if later > 0 {
                for _ in 0..<2 { words.append("n\(index + 1 + Int(random.next() % UInt64(later)))") }
            }
            lines.append(words.joined(separator: " "))
        }
        let graph = try await graph(lines)
        let layout = GraphLayout(graph, arrows: graph.drawn.arrows.map(\.pair), cardWidth: 180)
        for (index, card) in layout.cards.enumerated() {
            #expect(card.x >= 0 && card.x + card.width <= layout.width && card.bottom <= layout.height)
            for other in layout.cards[(index + 1)...] {
                let isBeside = card.x + card.width <= other.x || other.x + other.width <= card.x
                let isAbove = card.bottom <= other.y || other.bottom <= card.y
                #expect(isBeside || isAbove)
            }
        }
        try SVGShape.check(graph.svg())
    }
}

/// A check that the elements of a picture are closed in order.
private enum SVGShape {
    static func check(_ svg: String) throws {
        var open: [Substring] = []
        var rest = svg[...]
        while let start = rest.firstIndex(of: "<") {
            let end = try #require(rest[start...].firstIndex(of: ">"))
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                #expect(open.popLast() == tag.dropFirst())
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { $0 != " " })
            }
        }
        #expect(open.isEmpty)
    }
}
