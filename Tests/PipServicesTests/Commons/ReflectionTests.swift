import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

@Suite(.ownThreads) struct ReflectionTests {
    enum Mood: String { case good, bad }
    enum Shape {
        case point
        case circle(Double)
    }
    class Base {
        var id = "1"
        var _hidden = 2
    }
    final class Node: Base {
        var next: Node?
        var mood = Mood.bad
        lazy var late = 5
        var computed: Int { 7 }
    }
    struct Place: Codable, Equatable {
        var name: String
        var center: [String: Double]
        var note: String?
    }

    @Test func swiftValuesBecomeDynamic() throws {
        let node = Node()
        node.next = node
        defer { node.next = nil }
        #expect(try AnyValue(reflecting: node) == ["id": "1", "next": nil, "mood": "bad"])
        #expect(
            try AnyValue(reflecting: Place(name: "a", center: ["x": 1.5])) == [
                "name": "a", "center": ["x": 1.5], "note": nil,
            ])
        #expect(try AnyValue(reflecting: [Shape.point, Shape.circle(2)]) == ["point", ["circle": 2.0]])
        #expect(try AnyValue(reflecting: [1: Duration.seconds(2)]) == ["1": 2000])
        #expect(try AnyValue(reflecting: UInt64.max) == .double(0x1p64))
        #expect(try AnyValue(reflecting: Date(timeIntervalSince1970: 1)) == .date(Date(timeIntervalSince1970: 1)))
        #expect(try AnyValue(reflecting: (a: 1, b: Float(0.1))) == ["a": 1, "b": 0.1])
        #expect(try RecursiveMapConverter.toMap(nil) == [:])
    }

    @Test func objectsTooLargeAreErrors() {
        var chain = Node()
        for _ in 0..<200 {
            let next = Node()
            next.next = chain
            chain = next
        }
        let deep = #expect(throws: ApplicationError.self) { try AnyValue(reflecting: chain) }
        #expect(deep?.code == "TOO_DEEP")
        // Each level contains the one below twice: few objects, but more values than fit into memory.
        var both: Any = 1
        for _ in 0..<60 { both = [both, both] }
        let large = #expect(throws: ApplicationError.self) { try AnyValue(reflecting: both) }
        #expect(large?.code == "TOO_LARGE")
    }

    @Test func storedPropertiesAreReadByName() {
        let node = Node()
        #expect(PropertyReflector.getPropertyNames(node) == ["id", "next", "mood"])
        #expect(PropertyReflector.getProperty(node, "MOOD") as? Mood == .bad)
        #expect(PropertyReflector.getProperty(node, "next") == nil)
        #expect(PropertyReflector.hasProperty(node, "next"))
        #expect(!PropertyReflector.hasProperty(node, "computed"))
        #expect(!PropertyReflector.hasProperty([1, 2], "count"))
        let place: Place? = Place(name: "a", center: [:])
        #expect(
            PropertyReflector.getProperties(place as Any).keys.sorted() == [
                "center", "name",
            ])
    }

    @Test func swiftValuesAreWrittenThroughCodable() throws {
        var place = Place(name: "a", center: ["x": 1])
        let isWritten = try RecursiveObjectWriter.setProperty(&place, "center.y", 2)
        #expect(isWritten)
        try RecursiveObjectWriter.copyProperties(&place, ["note": "n", "unknown": 1])
        #expect(place == Place(name: "a", center: ["x": 1, "y": 2], note: "n"))
        let isNotWritten = try !RecursiveObjectWriter.setProperty(&place, "name.x", 2)
        #expect(isNotWritten)
        let error = #expect(throws: ApplicationError.self) {
            try RecursiveObjectWriter.setProperty(&place, "center", "text")
        }
        #expect(error?.code == "INVALID_DATA")
    }

    @Test func writingKeepsShapes() throws {
        var object: AnyValue = ["users": nil, "l": [1]]
        try RecursiveObjectWriter.copyProperties(&object, ["users": ["100500": ["a.b": 1]], "l": ["2": 3], "e": [:]])
        #expect(object == ["users": ["100500": ["a": ["b": 1]]], "l": [1, nil, 3], "e": [:]])
        try ObjectWriter.setProperty(&object, "x.y", 1)
        #expect(object["x.y"] == 1)
        var single: AnyValue = 5
        let isWritten = try ObjectWriter.setProperty(&single, "a", 1)
        #expect(!isWritten)
        #expect(single == 5)
    }

    @Test func leavesOfDeepOrLongNamedValuesStayWhole() {
        var deep: AnyValue = 1
        for _ in 0..<150 { deep = ["a": deep] }
        let leaves = RecursiveObjectReader.getProperties(deep)
        #expect(leaves.count == 1)
        #expect(leaves.keys.first?.split(separator: ".").count == 100)
        let name = String(repeating: "n", count: 100_000)
        let long = AnyValue.map([name: .array(Array(repeating: 1, count: 100_000))])
        #expect(RecursiveObjectReader.getPropertyNames(long) == [name])
    }

    @Test func manyWritesTakeLinearTime() throws {
        func time(_ count: Int) throws -> Duration {
            var values = AnyValueMap()
            for index in 0..<count { values["Section.Name\(index)"] = .integer(Int64(index)) }
            var object: AnyValue = ["section": [:]]
            let time = try processorTime { try RecursiveObjectWriter.setProperties(&object, values) }
            #expect(object["section"]?.map?.count == count)
            return time
        }
        let (few, many) = (try time(2_000), try time(40_000))
        // The input is twenty times as large; quadratic time would be 400 times as long.
        #expect(many < few * 150 + .seconds(1), "\(few) and \(many)")
    }

    @Test func randomReadsAndWritesNeverFailOtherwise() throws {
        let seed: UInt64 = 20_240_131
        print("reflection: seed \(seed)")
        let random = SeededRandom(seed: seed)
        let names = ["a", "A", "b", "0", "1", "2", "", "é", "-1", "01", "1000", "99999999999999999999", "a.b"]
        func name() -> String { names[random.next(in: 0..<names.count)] }
        func value(_ depth: Int) -> AnyValue {
            switch random.next(in: 0..<(depth == 0 ? 4 : 8)) {
            case 0: return .null
            case 1: return .bool(true)
            case 2: return .integer(Int64(bitPattern: random.next()))
            case 3: return .string(name())
            case 4, 5: return .array((0..<random.next(in: 0..<4)).map { _ in value(depth - 1) })
            default: return .map(AnyValueMap((0..<random.next(in: 0..<4)).map { _ in (name(), value(depth - 1)) }))
            }
        }
        for _ in 0..<3_000 {
            let path = (0...random.next(in: 0..<5)).map { _ in name() }.joined(separator: ".")
            var object = value(5)
            let before = object
            let written = value(2)
            do throws(ApplicationError) {
                if try RecursiveObjectWriter.setProperty(&object, path, written) {
                    #expect(RecursiveObjectReader.getProperty(object, path) == written, "\(before) \(path)")
                } else {
                    #expect(object == before)
                }
                try RecursiveObjectWriter.copyProperties(&object, value(4))
                _ = try Parameters(before).setDefaults(Parameters(object), recursive: true)
            } catch {
                #expect(error.code == "INDEX_TOO_LARGE")
            }
            for (path, leaf) in RecursiveObjectReader.getProperties(before) where !path.contains("a.b") {
                #expect(RecursiveObjectReader.getProperty(before, path) == leaf)
            }
            _ = Parameters(before).pick(path, name())
        }
    }

    @Test func typesByName() throws {
        #expect(try TypeDescriptor(parsing: " N , lib ") == TypeDescriptor("N", library: "lib"))
        #expect(try TypeDescriptor(parsing: "") == nil)
        #expect(TypeDescriptor("N").equals(TypeDescriptor("N", library: "x")))
        let error = #expect(throws: ApplicationError.self) { try TypeDescriptor(parsing: "a,b,c,d") }
        #expect(error?.code == "BAD_DESCRIPTOR")
        #expect(TypeMatcher.match("Date", .dateTime) && TypeMatcher.match("float", .integer))
        #expect(!TypeMatcher.match("double", .long) && !TypeMatcher.match("none", .map))
        #expect(TypeReflector.isPrimitive(5) && !TypeReflector.isPrimitive(.null) && !TypeReflector.isPrimitive([]))
    }
}
