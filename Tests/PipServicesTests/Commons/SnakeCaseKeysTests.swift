import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Types whose properties have snake_case names in JSON.
@Suite struct SnakeCaseKeysTests {
    struct Place: Codable, Hashable, SnakeCaseKeys { var cityName: String }
    struct Plain: Codable, Hashable { var zipCode: Int }

    struct Visit: Codable, Hashable, SnakeCaseKeys {
        var siteId: String
        var imageURL: String?
        var startPlace: Place?
        var plainPlace: Plain?
        var byName: [String: Int]
    }

    private static let visit = Visit(
        siteId: "1", imageURL: "i", startPlace: Place(cityName: "Bern"), plainPlace: Plain(zipCode: 3000),
        byName: ["aB": 1])
    private static let value: AnyValue = [
        "site_id": "1", "image_url": "i", "start_place": ["city_name": "Bern"], "plain_place": ["zipCode": 3000],
        "by_name": ["aB": 1],
    ]

    @Test("Names of properties are converted, those of other types and of dictionaries are not") func names() throws {
        #expect(try AnyValue(encoding: Self.visit) == Self.value)
        #expect(try Self.value.decode() == Self.visit)
        #expect(try JSONConverter.toJSON([Self.visit]).contains(#""image_url":"i""#))
    }

    @Test(
        "Words begin at capitals",
        arguments: [
            ("siteId", "site_id"), ("site", "site"), ("imageURL", "image_url"), ("URLPath", "url_path"), ("x", "x"),
            ("aB", "a_b"), ("ABC", "abc"), ("page2Url", "page2_url"), ("site_Id", "site_id"), ("_siteId", "_site_id"),
            ("", ""), ("größeA", "größe_a"),
        ])
    func words(property: String, name: String) { #expect(KeyNaming.snakeCase(property) == name) }

    @Test("Errors name the place in JSON")
    func errors() throws {
        func paths(_ value: AnyValue) -> [String] { value.findings(decoding: Visit.self).map(\.path) }
        #expect(paths([:]) == ["site_id"])
        #expect(paths(["siteId": "1", "by_name": [:]]) == ["site_id"])
        #expect(paths(["site_id": "1", "by_name": [:], "start_place": [:]]) == ["start_place.city_name"])
        #expect(paths(["site_id": "1", "by_name": [:], "start_place": ["city_name": 1]]) == ["start_place.city_name"])
        struct Large: Encodable, SnakeCaseKeys { var someNumber: UInt64 }
        let error = #expect(throws: ApplicationError.self) { try AnyValue(encoding: Large(someNumber: .max)) }
        guard case .invalidValue(_, let context) = error?.causeError as? EncodingError else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["some_number"])
    }

    @Test("The derived schema has the names of JSON, and all of them") func schema() throws {
        #expect(DerivedSchema.gaps(in: Visit.self) == [])
        let schema = try #require(DerivedSchema.schema(of: Visit.self) as? ObjectSchema)
        #expect(schema.properties.map(\.name) == ["site_id", "image_url", "start_place", "plain_place", "by_name"])
        #expect(schema.properties.map(\.isRequired) == [true, false, false, false, true])
        #expect(schema.validate(Self.value) == [])
        #expect(schema.validate(["siteId": "1", "by_name": [:]]).map(\.path) == ["site_id"])
    }

    struct Renamed: Codable, Hashable, SnakeCaseKeys {
        var siteId: String
        var label: String
        enum CodingKeys: String, CodingKey {
            case siteId = "site"
            case label = "LABEL"
        }
    }

    @Test("Coding keys that a type states are converted too") func statedKeys() throws {
        #expect(try AnyValue(encoding: Renamed(siteId: "1", label: "x")) == ["site": "1", "label": "x"])
    }

    struct Numbered: Codable, Hashable, SnakeCaseKeys {
        var siteId: Int
        var label: String
        enum CodingKeys: Int, CodingKey {
            case siteId = 5
            case label
        }
    }

    @Test("Coding keys with numbers are converted too") func numberedKeys() throws {
        let value: AnyValue = ["site_id": 1, "label": "x"]
        #expect(try AnyValue(encoding: Numbered(siteId: 1, label: "x")) == value)
        #expect(try value.decode() == Numbered(siteId: 1, label: "x"))
        #expect(AnyValue.map(["label": "x"]).findings(decoding: Numbered.self).map(\.path) == ["site_id"])
    }

    @Test("The coding path of a type without the convention has the type's own keys") func plainKeys() throws {
        struct Part: Decodable {
            let path: [any CodingKey]
            init(from decoder: any Decoder) { path = decoder.codingPath }
        }
        struct Whole: Decodable {
            enum CodingKeys: CodingKey { case part }
            var part: Part
        }
        let path = try AnyValue.map(["part": 1]).decode(Whole.self).part.path
        #expect(path.last is Whole.CodingKeys)
    }

    enum Shape: Codable, Hashable, SnakeCaseKeys {
        case roundBox(sideLength: Int)
        case dot
    }

    @Test("Cases of enumerations are converted") func enumerations() throws {
        let value: AnyValue = ["round_box": ["side_length": 2]]
        #expect(try AnyValue(encoding: Shape.roundBox(sideLength: 2)) == value)
        #expect(try value.decode() == Shape.roundBox(sideLength: 2))
        #expect(try AnyValue.map(["dot": [:]]).decode() == Shape.dot)
        #expect(throws: ApplicationError.self) { try AnyValue.map(["roundBox": ["side_length": 2]]).decode(Shape.self) }
    }

    struct Nested: Codable, Hashable, SnakeCaseKeys {
        var innerValue: Int
        var listValue: [Int]
        enum Keys: CodingKey { case outerPart, innerValue, listValue }
        init(innerValue: Int, listValue: [Int]) { (self.innerValue, self.listValue) = (innerValue, listValue) }
        init(from decoder: any Decoder) throws {
            let outer = try decoder.container(keyedBy: Keys.self)
            innerValue = try outer.nestedContainer(keyedBy: Keys.self, forKey: .outerPart).decode(
                Int.self, forKey: .innerValue)
            var list = try outer.nestedUnkeyedContainer(forKey: .listValue)
            listValue = []
            while !list.isAtEnd {
                listValue.append(try list.nestedContainer(keyedBy: Keys.self).decode(Int.self, forKey: .innerValue))
            }
        }
        func encode(to encoder: any Encoder) throws {
            var outer = encoder.container(keyedBy: Keys.self)
            var inner = outer.nestedContainer(keyedBy: Keys.self, forKey: .outerPart)
            try inner.encode(innerValue, forKey: .innerValue)
            var list = outer.nestedUnkeyedContainer(forKey: .listValue)
            for value in listValue {
                var element = list.nestedContainer(keyedBy: Keys.self)
                try element.encode(value, forKey: .innerValue)
            }
        }
    }

    @Test("All containers that a type opens follow its convention") func containers() throws {
        let value: AnyValue = ["outer_part": ["inner_value": 1], "list_value": [["inner_value": 2]]]
        #expect(try AnyValue(encoding: Nested(innerValue: 1, listValue: [2])) == value)
        #expect(try value.decode() == Nested(innerValue: 1, listValue: [2]))
    }
    #if PIP_MONGODB
    @Test("Documents of MongoDB have the same names") func documents() throws {
        let bytes = try BSONEncoder().encode(Self.visit)
        #expect(try BSONDecoder().decode(AnyValueMap.self, bytes) == Self.value.map)
        #expect(try BSONDecoder().decode(Visit.self, bytes) == Self.visit)
        let nested = Nested(innerValue: 1, listValue: [2])
        let nestedBytes = try BSONEncoder().encode(nested)
        #expect(try AnyValue.map(BSONDecoder().decode(AnyValueMap.self, nestedBytes)) == AnyValue(encoding: nested))
        #expect(try BSONDecoder().decode(Nested.self, nestedBytes) == nested)
        #expect(try BSONDecoder().decode(Shape.self, BSONEncoder().encode(Shape.dot)) == .dot)
    }
    #endif
}

/// Ids that JSON may leave out.
@Suite struct GeneratedIdTests {
    struct Note: StringIdentifiable, Codable, Hashable {
        @GeneratedId var id = ""
        var text: String
    }

    @Test("A missing or null id is empty", arguments: [["text": "a"], ["id": .null, "text": "a"]] as [AnyValue])
    func missing(value: AnyValue) throws {
        #expect(try value.decode() == Note(text: "a"))
        #expect(try JSONDecoder().decode(Note.self, from: Data(JSONConverter.toJSON(value).utf8)) == Note(text: "a"))
    }

    @Test("An id is a string, and is encoded as one") func present() throws {
        #expect(try AnyValue(encoding: Note(id: "1", text: "a")) == ["id": "1", "text": "a"])
        #expect(try AnyValue(encoding: Note(text: "a")) == ["id": "", "text": "a"])
        #expect(try AnyValue.map(["id": "1", "text": "a"]).decode() == Note(id: "1", text: "a"))
        #expect(AnyValue.map(["id": 1, "text": "a"]).findings(decoding: Note.self).map(\.path) == ["id"])
        #expect(try AnyValue.array(["1", .null]).decode() == [GeneratedId(wrappedValue: "1"), GeneratedId()])
    }

    @Test("The derived schema has an optional string") func schema() throws {
        #expect(DerivedSchema.gaps(in: Note.self) == [])
        let schema = try #require(DerivedSchema.schema(of: Note.self) as? ObjectSchema)
        #expect(schema.properties.map(\.name) == ["id", "text"])
        #expect(schema.properties.map(\.isRequired) == [false, true])
        #expect(schema.validate(["id": 1, "text": "a"]).map(\.code) == ["TYPE_MISMATCH"])
    }

    @Test("A persistence generates the id") func generated() async throws {
        let notes = IdentifiableMemoryPersistence<Note>()
        #expect(try await notes.create(.empty, Note(text: "a")).id.isEmpty == false)
        #expect(try await notes.create(.empty, Note(id: "x", text: "a")).id == "x")
    }
}
