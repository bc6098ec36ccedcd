import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// Schemas derived from types.
@Suite(.ownThreads) struct DerivedSchemaTests {
    enum Kind: String, Codable, CaseIterable, Sendable { case indoor, outdoor }
    enum Level: Int, Codable, CaseIterable, Sendable {
        case low = 1
        case high = 5
    }
    enum Open: String, Codable, Sendable { case alpha, beta }
    enum Lenient: String, Decodable, CaseIterable, Sendable {
        case known, other
        init(from decoder: any Decoder) throws {
            self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .other
        }
    }
    struct Point: Codable, Sendable { var lat: Double, lon: Double }
    struct Place: Codable, Sendable {
        var siteId: String
        var name: String?
        var floor: Int?
        var size: Int32
        var isOpen: Bool
        var at: Point
        var corners: [Point]
        var tags: Set<String>?
        var counts: [String: Int]
        var since: Date
        var id: UUID
        var kind: Kind
        var levels: [Level]
        var paging: PagingParams?
        var rest: AnyValue
        enum CodingKeys: String, CodingKey {
            case siteId = "site_id"
            case name, floor, size, isOpen, at, corners, tags, counts, since
            case id = "unique_name"
            case kind, levels, paging, rest
        }
    }
    struct Tree: Codable, Sendable { var name: String, children: [Tree] }
    struct Email: Decodable, Sendable {
        var text: String
        init(from decoder: any Decoder) throws {
            text = try decoder.singleValueContainer().decode(String.self)
            guard text.contains("@") else {
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no @"))
            }
        }
    }
    struct Letter: Decodable, Sendable { var to: Email, copies: [Email], size: Int }
    struct Closed: Decodable, Sendable { var name: String, choice: Open, after: Int }

    private func object<Value: Decodable>(_ type: Value.Type) throws -> ObjectSchema {
        guard case .schema(let schema) = DerivedSchema.of(type) else { throw Missing() }
        return try #require(schema as? ObjectSchema)
    }

    private func codes<Value: Decodable>(_ type: Value.Type, _ value: AnyValue) throws -> [String] {
        guard case .schema(let schema) = DerivedSchema.of(type) else { throw Missing() }
        return schema.validate(value).map { "\($0.path) \($0.code)" }
    }

    private struct Missing: Error {}

    private let place: AnyValueMap = [
        "site_id": "1", "size": 3, "isOpen": true, "at": ["lat": 1, "lon": 2.5], "corners": [["lat": 0, "lon": 0]],
        "counts": ["a": 1], "since": "2020-01-02T03:04:05Z", "unique_name": "e7a1c2de-54f8-4be1-9ed0-a1b2c3d4e5f6",
        "kind": "indoor", "levels": [1, 5], "rest": ["any": "thing"],
    ]

    @Test func fieldsAreFound() throws {
        let schema = try object(Place.self)
        #expect(
            schema.properties.map { $0.isRequired ? $0.name : "(\($0.name))" } == [
                "site_id", "(name)", "(floor)", "size", "isOpen", "at", "corners", "(tags)", "counts", "since",
                "unique_name", "kind", "levels", "(paging)", "(rest)",
            ])
        #expect(schema.isUndefinedAllowed)
        #expect(schema.validate(.map(place)).isEmpty)
        let decoded = try AnyValue.map(place).decode(Place.self)
        #expect(decoded.corners.count == 1)
    }

    @Test(
        arguments: [
            ("site_id", nil, "site_id VALUE_IS_NULL"), ("site_id", 5, "site_id TYPE_MISMATCH"),
            ("name", 5, "name TYPE_MISMATCH"), ("isOpen", "true", "isOpen TYPE_MISMATCH"),
            ("at", ["lat": 1], "at.lon VALUE_IS_NULL"), ("at", ["lat": "1", "lon": 2], "at.lat TYPE_MISMATCH"),
            ("corners", [["lat": 0, "lon": 0], ["lat": 1]], "corners.1.lon VALUE_IS_NULL"),
            ("corners", 1, "corners VALUE_ISNOT_ARRAY"), ("tags", ["a", 1], "tags.1 TYPE_MISMATCH"),
            ("counts", ["a": "b"], "counts.a TYPE_MISMATCH"), ("counts", 1, "counts VALUE_ISNOT_MAP"),
            ("since", "soon", "since TYPE_MISMATCH"), ("unique_name", "x", "unique_name BAD_VALUE"),
            ("kind", "under", "kind VALUE_NOT_INCLUDED"), ("levels", [2], "levels.0 VALUE_NOT_INCLUDED"),
            ("paging", ["skip": "x"], "paging.skip TYPE_MISMATCH"),
        ] as [(String, AnyValue, String)])
    func whatIsWrongIsTold(name: String, value: AnyValue, finding: String) throws {
        var place = place
        place[name] = value
        #expect(try codes(Place.self, .map(place)).first == finding)
        // Decoding agrees, except for paging, which accepts more than its schema.
        if name != "paging" {
            #expect(throws: ApplicationError.self) { try AnyValue.map(place).decode(Place.self) }
        }
    }

    @Test func datesAreTakenAsDecodingTakesThem() throws {
        var place = place
        place["since"] = 1_600_000_000_000
        #expect(try codes(Place.self, .map(place)).isEmpty)
    }

    @Test func aTypeThatHoldsItselfIsChecked() throws {
        let good: AnyValue = ["name": "a", "children": [["name": "b", "children": []]]]
        #expect(try codes(Tree.self, good).isEmpty)
        let bad: AnyValue = ["name": "a", "children": [["name": "b", "children": [["name": 5]]]]]
        #expect(
            try codes(Tree.self, bad) == [
                "children.0.children.0.name TYPE_MISMATCH", "children.0.children.0.children VALUE_IS_NULL",
            ])
    }

    @Test func typesThatCheckAreTakenAsTheyAre() throws {
        #expect(try object(Letter.self).properties.map(\.name) == ["to", "copies", "size"])
        let letter: AnyValue = ["to": "me", "copies": ["a@b", "c"], "size": "x"]
        #expect(try codes(Letter.self, letter) == ["to BAD_VALUE", "copies.1 BAD_VALUE", "size TYPE_MISMATCH"])
        #expect(try codes(Lenient.self, "whatever").isEmpty)
        #expect(try codes(Lenient.self, 5) == [" TYPE_MISMATCH"])
    }

    @Test func behindWhatCannotBeMadeUpDecodingChecks() throws {
        let schema = try object(Closed.self)
        #expect(schema.properties.map(\.name) == ["name", "choice"])
        #expect(try codes(Closed.self, ["name": "n", "choice": "z", "after": "x"]) == ["choice BAD_VALUE"])
        #expect(try codes(Closed.self, ["name": "n", "choice": "beta", "after": "x"]) == ["after TYPE_MISMATCH"])
        #expect(try codes(Closed.self, ["name": "n", "choice": "beta", "after": 1]).isEmpty)
    }

    // What the type tolerates or omits is not an error.

    struct Forgiving: Decodable {
        var size: Int
        enum CodingKeys: CodingKey { case size }
        init(from decoder: any Decoder) throws {
            size = (try? decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .size)) ?? 1
        }
    }
    struct Defaulting: Decodable {
        var size: Int
        enum CodingKeys: CodingKey { case size }
        init(from decoder: any Decoder) throws {
            size = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .size) ?? 1
        }
    }
    struct Renamed: Decodable {
        var size: Int
        enum CodingKeys: CodingKey { case size, old }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let size = try container.decodeIfPresent(Int.self, forKey: .size) {
                self.size = size
            } else {
                size = try container.decode(Int.self, forKey: .old)
            }
        }
    }
    struct Shape: Decodable {
        enum Form: String, Decodable, CaseIterable { case square, circle }
        var form: Form
        var size: Double
        enum CodingKeys: CodingKey { case form, side, radius }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            form = try container.decode(Form.self, forKey: .form)
            size = try container.decode(Double.self, forKey: form == .square ? .side : .radius)
        }
    }
    struct Positive: Decodable {
        var size: Int
        enum CodingKeys: CodingKey { case size }
        init(from decoder: any Decoder) throws {
            size = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .size)
            guard size > 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .size, in: try decoder.container(keyedBy: CodingKeys.self), debugDescription: "not positive"
                )
            }
        }
    }
    enum Event: Codable {
        case started(at: Int)
        case stopped
    }
    class Base: Decodable { var a = 1 }
    final class Derived: Base {
        var b = 2
        required init(from decoder: any Decoder) throws { try super.init(from: decoder) }
    }
    struct Skipping: Decodable {
        var name: String
        var cache = 5
        enum CodingKeys: CodingKey { case name }
    }

    @Test func nothingIsRefusedThatDecodingTakes() throws {
        #expect(try codes(Forgiving.self, ["size": "x"]).isEmpty)
        #expect(try codes(Defaulting.self, [:]).isEmpty)
        #expect(try codes(Defaulting.self, ["size": "x"]) == ["size TYPE_MISMATCH"])
        #expect(try codes(Renamed.self, ["size": 1]).isEmpty)
        #expect(try codes(Renamed.self, ["old": 1]).isEmpty)
        #expect(try codes(Shape.self, ["form": "circle", "radius": 1]).isEmpty)
        #expect(try codes(Shape.self, ["form": "square", "side": 1]).isEmpty)
        #expect(try codes(Positive.self, ["size": 1]).isEmpty)
        #expect(try codes(Positive.self, ["size": 0]) == ["size BAD_VALUE"])
        #expect(try codes(Event.self, ["stopped": [:]]).isEmpty)
        #expect(try codes(Event.self, ["started": ["at": 1]]).isEmpty)
        #expect(try codes(Derived.self, ["a": 5]).isEmpty)
        #expect(try codes(Skipping.self, [:]) == ["name VALUE_IS_NULL"])
    }

    struct Adult: Decodable, SchemaProviding {
        var age: Int
        static var schema: any Schema {
            ObjectSchema().withRequiredProperty("age", .long, ValueComparisonRule("GE", 18))
        }
    }

    @Test func aTypesOwnSchemaCounts() throws {
        struct Guests: Decodable { var host: Adult, others: [Adult] }
        #expect(
            try codes(Guests.self, ["host": ["age": 17], "others": [["age": 20], ["age": 2]]]) == [
                "host.age BAD_VALUE", "others.1.age BAD_VALUE",
            ])
    }

    struct Line: Decodable, SchemaProviding {
        var quantity: Int
        static var schema: any Schema {
            ObjectSchema().withRequiredProperty("quantity", .long, ValueComparisonRule("GE", 1))
        }
    }
    struct Reordered: Decodable {
        var name: String
        var line: Line
        var count: Int
        enum CodingKeys: String, CodingKey { case line, count, name }
    }
    struct RenamedAndReordered: Decodable {
        var name: String
        var line: Line
        var note: String?
        enum CodingKeys: String, CodingKey {
            case note = "remark"
            case line = "position"
            case name = "title"
        }
    }
    struct ByHand: Decodable {
        var line: Line?
        var lines: [Line]
        enum CodingKeys: CodingKey { case line, lines }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            line = try? container.decode(Line.self, forKey: .line)
            lines = container.contains(.lines) ? try container.decode([Line].self, forKey: .lines) : []
        }
    }
    struct Wrapped: Decodable {
        var line: Line?
        init(from decoder: any Decoder) throws { line = try? decoder.singleValueContainer().decode(Line.self) }
    }
    indirect enum Nested: Decodable {
        case list([Nested])
        case text(String)
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([Nested].self) {
                self = .list(list)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test("The order of keys does not affect the derived schema") func keysAreMatchedByName() throws {
        #expect(DerivedSchema.gaps(in: Reordered.self) == [])
        #expect(try object(Reordered.self).properties.map(\.name) == ["line", "count", "name"])
        #expect(
            try codes(Reordered.self, ["line": ["quantity": 0], "count": 1, "name": "n"]) == ["line.quantity BAD_VALUE"]
        )
        #expect(DerivedSchema.gaps(in: RenamedAndReordered.self) == [])
        #expect(
            try codes(RenamedAndReordered.self, ["position": ["quantity": 0], "title": 1]) == [
                "position.quantity BAD_VALUE", "title TYPE_MISMATCH",
            ])
    }

    @Test("A type without a schema still has the schemas of its parts") func partsKeepTheirSchemas() throws {
        #expect(try codes(ByHand.self, ["line": ["quantity": 0]]) == ["line.quantity BAD_VALUE"])
        #expect(
            try codes(ByHand.self, ["lines": [["quantity": 1], ["quantity": 0]]]) == ["lines.1.quantity BAD_VALUE"])
        // What the type forgives, or leaves out, is no error.
        #expect(try codes(ByHand.self, ["line": "x"]).isEmpty)
        #expect(try codes(ByHand.self, [:]).isEmpty)
        #expect(try codes(Wrapped.self, ["quantity": 0]) == ["quantity BAD_VALUE"])
        #expect(try codes(Wrapped.self, "x").isEmpty)
        #expect(try codes(Nested.self, [["a"], "b"]).isEmpty)
        #expect(try codes(Nested.self, [5]).isEmpty == false)
    }

    private struct TooLarge: Error {}

    /// Combines two fields into one property.
    struct Span: Decodable {
        var length: Int
        enum CodingKeys: CodingKey { case from, to }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            length = try container.decode(Int.self, forKey: .to) - container.decode(Int.self, forKey: .from)
            guard length < 1000 else { throw TooLarge() }
        }
    }
    /// Has as many properties as fields, but only one of their type.
    struct Sum: Decodable {
        var total: Int
        var note = ""
        enum CodingKeys: CodingKey { case first, second }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            total = try container.decode(Int.self, forKey: .first) + container.decode(Int.self, forKey: .second)
            guard total < 1000 else { throw TooLarge() }
        }
    }
    enum Width: Decodable {
        case of(Int)
        enum CodingKeys: CodingKey { case width }
        init(from decoder: any Decoder) throws {
            let width = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .width)
            guard width < 1000 else { throw TooLarge() }
            self = .of(width)
        }
    }
    class Kept: Decodable { var size: Int }
    final class Limited: Kept {
        required init(from decoder: any Decoder) throws {
            try super.init(from: decoder)
            guard size < 1000 else { throw TooLarge() }
        }
    }

    @Test("The checks of a decoder apply if its fields are not the stored properties") func reshapedFields() throws {
        #expect(try codes(Span.self, ["from": 1, "to": 2]).isEmpty)
        #expect(try codes(Span.self, ["from": 1, "to": 2000]).count == 1)
        #expect(try codes(Sum.self, ["first": 1, "second": 2]).isEmpty)
        #expect(try codes(Sum.self, ["first": 600, "second": 600]).count == 1)
        #expect(try codes(Width.self, ["width": 1]).isEmpty)
        #expect(try codes(Width.self, ["width": 2000]).count == 1)
        #expect(try codes(Limited.self, ["size": 1]).isEmpty)
        #expect(try codes(Limited.self, ["size": 2000]).count == 1)
        #expect(DerivedSchema.gaps(in: Kept.self) == [])
        #expect(DerivedSchema.gaps(in: Limited.self).count == 1)
    }

    struct OptionalFirst: Decodable {
        var size: Int
        var limit: Int?
        enum CodingKeys: String, CodingKey {
            case limit = "at_most"
            case size = "number"
        }
    }

    @Test("Renamed fields of similar types are matched, required ones first") func renamedFields() throws {
        #expect(DerivedSchema.gaps(in: OptionalFirst.self) == [])
        #expect(try codes(OptionalFirst.self, ["number": 1]).isEmpty)
        #expect(try codes(OptionalFirst.self, ["at_most": 1]) == ["number VALUE_IS_NULL"])
    }

    struct Sizes: Decodable { var small: Int8?, byte: UInt8?, large: UInt64? }

    @Test(
        "Whole numbers are checked at the bounds of their type",
        arguments: [
            ("small", -128, true), ("small", -129, false), ("small", 127, true), ("small", 128, false),
            ("byte", 0, true), ("byte", -1, false), ("byte", 255, true), ("byte", 256, false), ("byte", 1.5, false),
            ("byte", .double(255), true), ("byte", .double(256), false),
            ("large", AnyValue(Decimal(UInt64.max)), true), ("large", AnyValue(Decimal(UInt64.max) + 1), false),
            ("large", -1, false),
        ] as [(String, AnyValue, Bool)])
    func numbersAtBounds(name: String, value: AnyValue, isValid: Bool) throws {
        let map = AnyValue.map([name: value])
        #expect(try codes(Sizes.self, map) == (isValid ? [] : ["\(name) TYPE_MISMATCH"]))
        #expect(map.findings(decoding: Sizes.self).isEmpty == isValid)
    }

    @Test("A number out of bounds is reported with the bounds") func boundsInMessages() throws {
        let schema = try #require(DerivedSchema.schema(of: Sizes.self))
        #expect(
            schema.validate(["small": 128]).map(\.message) == [
                "small must be a whole number from -128 to 127 but found 128"
            ])
    }

    @Test("Types without a schema are reported with their paths and reasons") func gapsAreTold() throws {
        struct Order: Decodable { var lines: [ByHand], choice: Closed?, plain: Place }
        let gaps = DerivedSchema.gaps(in: Order.self)
        #expect(gaps.map { "\($0.path) \($0.type)" } == ["lines.* ByHand", "choice Closed"])
        #expect(gaps.last?.reason.contains("conform Open to CaseIterable") == true, "\(gaps)")
        let command = Command("order") { (_, order: Order) in order.lines.count }
        #expect(command.schemaGaps.map(\.path) == ["arguments.lines.*", "arguments.choice"])
        #expect(Command("order", schema: ObjectSchema()) { (_, order: Order) in order.lines.count }.schemaGaps == [])
        #expect(DerivedSchema.gaps(in: Place.self) == [])
    }

    @Test func randomValuesAreRefusedOnlyWhenDecodingRefusesThem() throws {
        let seed: UInt64 = 41_007
        print("derived schemas: seed \(seed)")
        let random = SeededRandom(seed: seed)
        guard case .schema(let schema) = DerivedSchema.of(Place.self) else { throw Missing() }
        var accepted = 0
        for _ in 0..<5_000 {
            var value = place
            for _ in 0..<random.next(in: 0..<3) {
                value[value.keys[random.next(in: 0..<value.keys.count)]] = Self.anything(random, 2)
            }
            let isDecodable = AnyValue.map(value).findings(decoding: Place.self).isEmpty
            let errors = schema.validate(.map(value)).filter { $0.type == .error }
            if isDecodable { #expect(errors.isEmpty, "\(JSONConverter.toJSON(.map(value)))") }
            if errors.isEmpty { accepted += 1 }
        }
        #expect(accepted > 500)
    }

    private static func anything(_ random: SeededRandom, _ depth: Int) -> AnyValue {
        switch random.next(in: 0..<(depth > 0 ? 9 : 7)) {
        case 0: .null
        case 1: .bool(true)
        case 2: .integer(Int64(random.next(in: 0..<7)) - 1)
        case 3: .double(1.5)
        case 4: .string("indoor")
        case 5: .string("2020-01-01")
        case 6: .string("")
        case 7: .array((0..<random.next(in: 0..<3)).map { _ in anything(random, depth - 1) })
        default:
            .map(
                AnyValueMap(
                    ["lat", "lon", "a"].prefix(random.next(in: 0..<4)).map { ($0, anything(random, depth - 1)) }))
        }
    }
}
