import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Rules for the fields of a derived schema.
@Suite struct SchemaRulesTests {
    @Test("A half-open range of sizes ends one before its bound") func halfOpenSizes() {
        #expect(FieldRule<String>.length(2..<5).keywords == ["minLength": 2, "maxLength": 4])
        #expect(FieldRule<String>.length(..<5).keywords == ["maxLength": 4])
        #expect(FieldRule<[Int]>.count(0..<1).keywords == ["minItems": 0, "maxItems": 0])
        #expect(FieldRule<[Int]>.count(1...4).keywords == ["minItems": 1, "maxItems": 4])
    }

    struct Order: Codable, Sendable, SchemaProviding {
        var item: String
        var quantity: Int
        var price: Decimal
        var tags: [String]
        var note: String?
        var parts: [Order]

        // One name equals that of another property, so only the value identifies it.
        enum CodingKeys: String, CodingKey {
            case item = "quantity"
            case quantity = "qty"
            case price, tags, note, parts
        }

        static var schema: any Schema {
            SchemaRules(Order.self).with(\.item, .length(1...3)).with(\.quantity, .range(1...100))
                .with(\.price, .range(0...), .custom("must have at most two decimals") { $0 * 100 == ($0 * 100).whole })
                .with(\.tags, .count(...2)).with(\.note, .matching("^[a-z]*$")).schema
        }
    }

    private func findings(_ change: AnyValueMap) throws -> [String] {
        var order: AnyValueMap = ["quantity": "abc", "qty": 5, "price": 1.25, "tags": [], "parts": []]
        order.append(change)
        let schema = try #require(DerivedSchema.schema(of: Order.self))
        return schema.validate(.map(order)).map(\.message)
    }

    @Test("A valid value passes") func valid() throws { #expect(try findings([:]) == []) }

    @Test(
        "A value that breaks a rule is reported in words",
        arguments: [
            (["qty": 0], "qty must be from 1 to 100"), (["qty": 101], "qty must be from 1 to 100"),
            (["quantity": ""], "quantity must have a length from 1 to 3"),
            (["quantity": "abcd"], "quantity must have a length from 1 to 3"),
            (["price": -1], "price must be at least 0"), (["price": 1.255], "price must have at most two decimals"),
            (["tags": ["a", "b", "c"]], "tags must have a number of elements of at most 2"),
            (["note": "A"], "note must match the pattern ^[a-z]*$"),
        ] as [(AnyValueMap, String)])
    func broken(change: AnyValueMap, message: String) throws { #expect(try findings(change) == [message]) }

    @Test("Rules apply to values of the same type nested in itself") func nested() throws {
        let inner: AnyValue = ["quantity": "abc", "qty": 0, "price": 1, "tags": [], "parts": []]
        #expect(try findings(["parts": [inner]]) == ["parts.0.qty must be from 1 to 100"])
    }

    @Test("A value of the wrong type is reported once, by its type") func otherType() throws {
        #expect(try findings(["qty": "x"]).count == 1)
        #expect(try findings(["note": nil]) == [])
    }

    @Test("API documents contain the rules") func documents() throws {
        var schemas = OpenAPISchemas()
        let translated = AnyValue.map(schemas.translate(Order.schema))
        let properties = try #require(translated["properties"])
        #expect(properties["qty"] == ["type": "integer", "format": "int64", "minimum": 1, "maximum": 100])
        #expect(properties["quantity"] == ["type": "string", "minLength": 1, "maxLength": 3])
        #expect(properties["price"]?["minimum"] == 0)
        #expect(properties["price"]?["description"] == "must have at most two decimals")
        #expect(properties["tags"]?["maxItems"] == 2)
        #expect(properties["note"]?["pattern"] == "^[a-z]*$")
    }

    @Test("A value must be one of the choices") func choices() throws {
        struct Size: Decodable, Sendable { var width: Int }
        let schema = SchemaRules(Size.self).with(\.width, .oneOf([1, 2, 4])).schema
        #expect(schema.validate(["width": 4]).isEmpty)
        #expect(schema.validate(["width": 3]).map(\.message) == ["width must be one of 1, 2, 4"])
    }

    @Test("A field with a hand-written decoder is checked in the decoded value") func byHand() throws {
        struct Sum: Decodable, Sendable {
            var total: Int
            enum CodingKeys: CodingKey { case first, second }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                total = try container.decode(Int.self, forKey: .first) + container.decode(Int.self, forKey: .second)
            }
        }
        let schema = SchemaRules(Sum.self).with(\.total, .range(..<10)).schema
        #expect(schema.validate(["first": 4, "second": 5]).isEmpty)
        #expect(schema.validate(["first": 5, "second": 5]).map(\.message) == ["total must be below 10"])
        #expect(schema.validate(["first": 5]).map(\.code) == ["VALUE_IS_NULL"])
    }
}

extension Decimal {
    fileprivate var whole: Decimal { Decimal(getLong) }
    private var getLong: Int64 { AnyValue(self).getAsLong() }
}
