import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// A derived schema accepts only values that decode and rejects only values that do not, for many types.
@Suite struct DerivedSchemaPropertyTests {
    /// A type-erased type with a value that it decodes from.
    private struct Shape {
        let name: String
        let valid: AnyValue
        let schema: any Schema
        let decodes: (AnyValue) -> Bool

        init<Value: Decodable>(_ type: Value.Type, _ valid: AnyValue) {
            name = "\(type)"
            self.valid = valid
            schema = DerivedSchema.schema(of: type) ?? ValueSchema()
            decodes = { $0.findings(decoding: type).isEmpty }
        }

        func accepts(_ value: AnyValue) -> Bool { !schema.validate(value).contains { $0.type == .error } }
    }

    enum Color: String, Codable, CaseIterable { case red, blue }
    enum Level: Int, Codable, CaseIterable {
        case low = -1
        case high = 7
    }
    enum Open: String, Codable { case alpha, beta }
    enum Payload: Codable {
        case text(String)
        case pair(left: Int, right: Bool?)
    }
    struct Id: RawRepresentable, Codable, Hashable { var rawValue: String }
    struct Numbers: Codable { var a: Int8, b: UInt16, c: Int64, d: UInt64, e: Float, f: Double, g: Decimal }
    struct Optionals: Codable {
        var a: Int?
        var b: String?
        var c: [Int?]
        var d: [String: Bool]?
        var e: Color?
        var f: Decimal?
    }
    struct Ordered: Codable {
        var first: String
        var second: Int
        var third: Color
        enum CodingKeys: String, CodingKey { case third, second, first }
    }
    struct Renamed: Codable {
        var first: String
        var second: Int?
        var third: Level
        enum CodingKeys: String, CodingKey {
            case second = "first"
            case third = "drei"
            case first = "second"
        }
    }
    struct Values: Codable { var link: URL, id: UUID, data: Data, span: Duration, at: Date, code: Id }
    struct Outer: Codable { var inner: Ordered, list: [Renamed], map: [String: Optionals], any: AnyValue? }
    struct Stopped: Codable { var before: Int, open: Open, after: String }
    struct Tree: Codable { var name: String, branches: [Tree]?, color: Color }
    struct Default: Decodable {
        var size = 3
        var name = "x"
        enum CodingKeys: CodingKey { case size, name }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            size = try container.decodeIfPresent(Int.self, forKey: .size) ?? 3
            name = try container.decode(String.self, forKey: .name)
        }
    }
    struct Checked: Decodable {
        var low: Int
        var high: Int
        enum CodingKeys: CodingKey { case low, high }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            low = try container.decode(Int.self, forKey: .low)
            high = try container.decode(Int.self, forKey: .high)
            guard low <= high else {
                throw DecodingError.dataCorruptedError(forKey: .high, in: container, debugDescription: "below low")
            }
        }
    }
    struct Either: Decodable {
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if (try? container.decode(Ordered.self)) == nil { _ = try container.decode(Int.self) }
        }
    }
    struct Forgiving: Decodable {
        enum CodingKeys: CodingKey { case inner, size }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            _ = try? container.decode(Ordered.self, forKey: .inner)
            if container.contains(.size) { _ = try container.decode(Int.self, forKey: .size) }
        }
    }
    struct Pair: Decodable {
        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            _ = try container.decode(Int.self)
            _ = try container.decode(String.self)
        }
    }

    private static let ordered: AnyValue = ["first": "a", "second": 1, "third": "red"]
    private static let renamed: AnyValue = ["first": 5, "second": "b", "drei": 7]
    private static let optionals: AnyValue = ["c": [1, nil], "b": "x", "d": ["k": true], "e": "blue", "f": 1.5]

    private static var shapes: [Shape] {
        [
            Shape(Numbers.self, ["a": -1, "b": 2, "c": 3, "d": 4, "e": 1.5, "f": 2.5, "g": 19.9]),
            Shape(Optionals.self, optionals), Shape(Ordered.self, ordered), Shape(Renamed.self, renamed),
            Shape(
                Values.self,
                [
                    "link": "http://a", "id": "0f8fad5b-d9cb-469f-a165-70867728950e", "data": "AQ==", "span": 5,
                    "at": "2020-01-01", "code": "c",
                ]),
            Shape(Outer.self, ["inner": ordered, "list": [renamed], "map": ["k": optionals], "any": [1]]),
            Shape(Stopped.self, ["before": 1, "open": "beta", "after": "x"]),
            Shape(Tree.self, ["name": "a", "color": "red", "branches": [["name": "b", "color": "blue"]]]),
            Shape(Default.self, ["size": 1, "name": "n"]), Shape(Checked.self, ["low": 1, "high": 2]),
            Shape(Either.self, ordered), Shape(Forgiving.self, ["inner": ordered, "size": 1]),
            Shape(Pair.self, [1, "a"]), Shape(Payload.self, ["pair": ["left": 1, "right": true]]),
            Shape([Color].self, ["red"]), Shape([String: Level].self, ["k": -1]), Shape([Int: Int].self, ["1": 2]),
            Shape(Set<Id>.self, ["a"]),
        ]
    }

    @Test func whatTheSchemaAcceptsDecodesAndTheRestDoesNot() throws {
        let seed: UInt64 = 60_613
        print("shapes of types: seed \(seed)")
        let random = SeededRandom(seed: seed)
        for shape in Self.shapes {
            #expect(shape.decodes(shape.valid), "\(shape.name)")
            #expect(shape.accepts(shape.valid), "\(shape.name) \(shape.schema.validate(shape.valid))")
            var (accepted, rejected) = (0, 0)
            for _ in 0..<150 {
                let value = Self.changed(shape.valid, random)
                let accepts = shape.accepts(value)
                #expect(accepts == shape.decodes(value), "\(shape.name) \(JSONConverter.toJSON(value))")
                if accepts { accepted += 1 } else { rejected += 1 }
            }
            #expect(rejected > 0, "\(shape.name): \(accepted) accepted")
        }
    }

    /// Returns the value with one part replaced, removed or added.
    private static func changed(_ value: AnyValue, _ random: SeededRandom) -> AnyValue {
        switch value {
        case .map(var map) where !map.isEmpty && random.next(in: 0..<8) > 0:
            let name = map.keys[random.next(in: 0..<map.count)]
            switch random.next(in: 0..<4) {
            case 0: map.remove(name)
            case 1: map["more"] = anything(random)
            default: map[name] = changed(map[name] ?? .null, random)
            }
            return .map(map)
        case .array(var values) where !values.isEmpty && random.next(in: 0..<4) > 0:
            let index = random.next(in: 0..<values.count)
            values[index] = changed(values[index], random)
            return .array(values)
        default: return anything(random)
        }
    }

    private static func anything(_ random: SeededRandom) -> AnyValue {
        let all: [AnyValue] = [
            true, 0, -1, 7, 300, 70_000, 1.5, 1e300, 9_223_372_036_854_775_807, "", "red", "beta", "x",
            "2020-01-01", "AQ==", [], [1], [:], ["k": 1], AnyValue(Decimal(string: "18446744073709551615") ?? 0),
            "0F8FAD5B-D9CB-469F-A165-70867728950E",
        ]
        return all[random.next(in: 0..<all.count)]
    }
}
