import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct OpenAPISchemaTests {
    private func translated(_ schema: any Schema) -> AnyValue {
        var schemas = OpenAPISchemas()
        return .map(schemas.translate(schema))
    }

    private func translated(_ rules: any ValidationRule...) -> AnyValue { translated(ValueSchema(rules: rules)) }

    @Test func kindsOfValues() {
        let schema = ObjectSchema().withRequiredProperty("text", .string).withRequiredProperty("whole", .integer)
            .withRequiredProperty("long", .long).withRequiredProperty("number", .double)
            .withRequiredProperty("time", .dateTime).withRequiredProperty("list", .array)
            .withRequiredProperty("byName", .name("INT[]")).withRequiredProperty("span", .code(.duration))
            .withRequiredProperty("free", .any).withRequiredProperty("odd", .name("Beacon"))
        let expected: AnyValue = [
            "text": ["type": "string"], "whole": ["type": "integer", "format": "int32"],
            "long": ["type": "integer", "format": "int64"], "number": ["type": "number", "format": "double"],
            "time": ["type": "string", "format": "date-time"], "list": ["type": "array", "items": [:]],
            "byName": ["type": "array", "items": ["type": "integer", "format": "int32"]],
            "span": ["type": "number"], "free": [:], "odd": [:],
        ]
        #expect(translated(schema)["properties"] == expected)
    }

    @Test func whatMayBeMissingMayBeNull() {
        let schema = ObjectSchema().withRequiredProperty("a", .string).withOptionalProperty("b", .string)
            .withOptionalProperty("c", .string, IncludedRule("x"))
            .withOptionalProperty("d", .schema(ArraySchema(.boolean, required: true)))
        let expected: AnyValue = [
            "type": "object",
            "properties": [
                "a": ["type": "string"], "b": ["type": "string", "nullable": true],
                "c": ["type": "string", "enum": ["x", .null], "nullable": true],
                "d": ["type": "array", "items": ["type": "boolean"]],
            ],
            "required": ["a", "d"],
        ]
        #expect(translated(schema) == expected)
        #expect(translated(ObjectSchema()) == ["type": "object"])
    }

    @Test func mapsAndParameters() {
        #expect(
            translated(MapSchema(.string, .double))
                == ["type": "object", "additionalProperties": ["type": "number", "format": "double"]])
        #expect(translated(FilterParamsSchema()) == ["type": "object", "additionalProperties": [:]])
        #expect(translated(ProjectionParamsSchema())["items"] == ["type": "string"])
        #expect(
            translated(PagingParamsSchema())["properties"]?["total"] == ["type": "boolean", "nullable": true])
        #expect(translated(SortParamsSchema())["items"]?["properties"]?["name"]?["type"] == "string")
    }

    @Test func rulesThatOpenAPIHas() {
        #expect(translated(ValueComparisonRule("GE", 5)) == ["minimum": 5])
        #expect(translated(ValueComparisonRule("<", 5)) == ["maximum": 5, "exclusiveMaximum": true])
        #expect(translated(ValueComparisonRule("LIKE", "^a+$")) == ["pattern": "^a+$"])
        #expect(translated(ValueComparisonRule("EQ", "x")) == ["enum": ["x"]])
        #expect(translated(ExcludedRule(1, 2)) == ["not": ["enum": [1, 2]]])
        #expect(translated(IncludedRule()) == ["not": [:]])
        #expect(translated(NotRule(IncludedRule("x"))) == ["not": ["enum": ["x"]]])
        #expect(translated(OrRule(IncludedRule(1), ValueComparisonRule("GT", 5)))["anyOf"]?.array?.count == 2)
        #expect(translated(AtLeastOneExistsRule("a", "b")) == ["anyOf": [["required": ["a"]], ["required": ["b"]]]])
        #expect(translated(OnlyOneExistsRule("a")) == ["oneOf": [["required": ["a"]]]])
    }

    @Test func rulesThatItHasNotAreSaidInWords() {
        #expect(translated(PropertiesComparisonRule("a", "LT", "b")) == ["description": "a must be LT b"])
        // The contrary of what is known in part would forbid too much.
        #expect(translated(NotRule(PropertiesComparisonRule("a", "LT", "b"))) == ["description": "not: a must be LT b"])
        #expect(translated(OrRule(IncludedRule(1), PropertiesComparisonRule("a", "LT", "b")))["anyOf"] == nil)
        #expect(translated(ValueComparisonRule("LT", "b")) == ["description": "must be LT b"])
    }

    @Test func boundsStayTogether() {
        let both: AnyValue = [
            "minimum": 5, "allOf": [["minimum": 3, "exclusiveMinimum": true]],
        ]
        #expect(translated(ValueComparisonRule("GE", 5), ValueComparisonRule("GT", 3)) == both)
    }

    /// Decodes in a way of its own.
    struct Odd: Codable, Sendable {
        var count: Int
        enum CodingKeys: CodingKey { case count }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            count = (try? container.decode(Int.self, forKey: .count)) ?? 0
        }
    }

    final class OddController: RestController {
        let rest = RestHost(baseRoute: "v1")
        var routes: [RestRoute] {
            RestRoute(.post, "/odd") { (_, _, odd: Odd) in odd }
            RestRoute(.post, "/typed", schema: ObjectSchema()) { (_, _, odd: Odd) in odd.count }
        }
    }

    @Test("A type with custom decoding is described as far as known, and reported by its controller")
    func oddTypes() throws {
        let schema = translated(try #require(DerivedSchema.schema(of: Odd.self)))
        #expect(schema["properties"]?["count"] == ["type": "integer", "format": "int64"])
        #expect(schema["required"] == nil)
        #expect(schema["description"]?.string?.contains("it decodes in its own way") == true)
        #expect(
            OddController().schemaGaps.map(\.path) == ["route 'POST /odd'.body", "route 'POST /odd'.result"])
    }

    struct Tree: Codable { var name: String, branches: [Tree] }

    @Test func typesThatHoldThemselvesAreReferences() throws {
        let document = OpenAPIDocument(
            OpenAPIInfo(title: "T"), baseRoute: "t",
            commands: [Command("grow") { (_, tree: Tree) in tree }])
        let schemas = try #require(document.content["components"]?["schemas"])
        let tree = try #require(schemas["Tree"])
        #expect(tree["properties"]?["branches"]?["items"] == ["$ref": "#/components/schemas/Tree"])
        let body = document.content["paths"]?["/t/grow"]?["post"]?["requestBody"]
        #expect(body?["required"] == true)
        let schema = body?["content"]?["application/json"]?["schema"]
        #expect(schema?["properties"]?["branches"]?["items"] == ["$ref": "#/components/schemas/Tree"])
    }
}
