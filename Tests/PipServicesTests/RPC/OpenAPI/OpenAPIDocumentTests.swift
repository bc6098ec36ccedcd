import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct OpenAPIDocumentTests {
    struct Item: Codable, Sendable { var id: String, size: Int? }

    @Test func routesTellWhatTheyTakeAndGive() throws {
        let schema = ObjectSchema().withRequiredProperty("item_id", .string).withOptionalProperty("deep", .boolean)
        let routes: [RestRoute] = [
            RestRoute(.put, "/items/:item_id", schema: schema, status: 201) { _, _, item in item as Item }
                .documented("Keeps an item", tags: ["items"], query: .paging, deprecated: true),
            RestRoute(.get, "raw", response: { _, _ in .text("") }),
            RestRoute(.get, "hidden", response: { _, _ in .text("") }).undocumented(),
        ]
        let document = OpenAPIDocument(OpenAPIInfo(title: "T"), baseRoute: "v1", routes: routes)
        let paths = try #require(document.content["paths"]?.map)
        #expect(paths.keys == ["/v1/items/{item_id}", "/v1/raw"])
        let operation = try #require(paths["/v1/items/{item_id}"]?["put"])
        #expect(operation["operationId"] == "put_v1_items_by_item_id")
        #expect(operation["deprecated"] == true)
        let parameters = try #require(operation["parameters"]?.array)
        #expect(parameters.map { $0["name"] } == ["item_id", "skip", "take", "total", "deep"])
        #expect(parameters[0] == ["name": "item_id", "in": "path", "required": true, "schema": ["type": "string"]])
        #expect(parameters[4] == ["name": "deep", "in": "query", "schema": ["type": "boolean"]])
        let body = operation["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(body?["required"] == ["id"])
        let responses = try #require(operation["responses"]?.map)
        #expect(responses.keys == ["201", "204", "400", "default"])
        #expect(
            responses["default"]?["content"]?["application/json"]?["schema"]
                == ["$ref": "#/components/schemas/ErrorDescription"])
        #expect(paths["/v1/raw"]?["get"]?["responses"]?["200"] == ["description": "Successful response"])
    }

    @Test(
        "A base route with surrounding slashes adds no empty segment",
        arguments: ["/v1/things", "v1/things/", "//v1//things"])
    func slashesOfABaseRouteDoNotCount(baseRoute: String) throws {
        let command = Command("get") { (_, _: Parameters) in }
        let info = OpenAPIInfo(title: "T")
        let json = OpenAPIDocument(info, baseRoute: baseRoute, commands: [command]).content
        let yaml = try OpenAPIDocument(parsing: CommandableSwaggerDocument(baseRoute: baseRoute, [command]).description)
        for content in [json, yaml.content] {
            #expect(content["paths"]?.map?.keys == ["/v1/things/get"])
            #expect(content["paths"]?["/v1/things/get"]?["post"]?["tags"] == ["v1/things"])
        }
        let routes = [RestRoute(.get, "/a", response: { _, _ in .text("") })]
        let ofRoutes = OpenAPIDocument(info, baseRoute: baseRoute, routes: routes).content
        #expect(ofRoutes["paths"]?["/v1/things/a"]?["get"]?["tags"] == ["v1/things"])
    }

    @Test func operationIdsAreUnique() {
        let routes = ["/a/b", "/a_b"].map { RestRoute(.get, $0, response: { _, _ in .text("") }) }
        let document = OpenAPIDocument(OpenAPIInfo(title: "T"), baseRoute: "", routes: routes + routes)
        let ids = (document.content["paths"]?.map ?? [:]).map { $0.value["get"]?["operationId"] }
        #expect(ids == ["get_a_b", "get_a_b_2"])
    }

    @Test func infoHasWhatIsSet() {
        var info = OpenAPIInfo(title: "T", description: "D")
        info.termsOfService = "http://t"
        info.contactEmail = "a@b.cd"
        info.licenseURL = "http://l"
        let expected: AnyValueMap = [
            "title": "T", "description": "D", "version": "1", "termsOfService": "http://t",
            "contact": ["email": "a@b.cd"],
        ]
        #expect(info.content == expected)
        info.licenseName = "MIT"
        #expect(info.content["license"] == ["name": "MIT", "url": "http://l"])
    }

    @Test(arguments: ["", "a: [", "- 1", "title: x", "openapi: null", "a: 1\na: 2"])
    func whatIsNoDocumentIsRefused(text: String) {
        let error = #expect(throws: ApplicationError.self) { try OpenAPIDocument(parsing: text) }
        #expect(error?.code == "BAD_OPENAPI")
    }

    @Test func documentsAreReadInYAMLAndJSON() throws {
        let yaml = try OpenAPIDocument(parsing: "openapi: '3.0.3'\npaths: {}\n")
        #expect(try yaml == OpenAPIDocument(parsing: yaml.json))
        #expect(try yaml == OpenAPIDocument(parsing: yaml.yaml))
    }

    @Test func yamlKeepsEveryTextWhatever() throws {
        let seed: UInt64 = 20_261_121
        let random = SeededRandom(seed: seed)
        // Not U+FEFF, which Yams takes off the start of a text, quoted or not.
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "0", "9", " ", "'", "\"", "\\", "\n", "\r", "\t", ":", "#", "-", "{", "}", "[", "&", "*", "!",
            "|", ">", "%", "@", "`", "~", "?", ",", "\u{0}", "\u{7F}", "\u{85}", "\u{A0}", "\u{2028}",
            "é", "漢", "😀", "/", "$", "_", "=", "<",
        ]
        func text() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<random.next(in: 0..<12) { text.append(scalars[random.next(in: 0..<scalars.count)]) }
            return String(text)
        }
        let words = [
            "no", "Yes", "null", "~", "1", "1.5", "0x1F", "2020-01-01", "true", "", "<<", "200", "=", "-", "a: b",
        ]
        for round in 0..<500 {
            let samples = round < words.count ? words[round] : text()
            let content: AnyValueMap = [
                "openapi": "3.0.3", samples: .string(samples), "list": [.string(text()), [], [:], [.string(samples)]],
                "nested": [.string(text()), ["k": [.string(text()), .null, 1, 2.5, true]]],
            ]
            let yaml = OpenAPIDocument(content).yaml
            let read = try? OpenAPIDocument(parsing: yaml)
            #expect(read?.content == content, "seed \(seed), round \(round): \(yaml.debugDescription)")
        }
    }

    @Test func theToolkitsTextIsMadeValid() throws {
        let schema = ObjectSchema().withRequiredProperty("list", .array).withRequiredProperty("no", .code(.duration))
        let command = Command("get", schema: schema) { (_, _: Parameters) in }
        let document = CommandableSwaggerDocument(baseRoute: "1: x", [command, command])
        #expect(!document.description.contains("items:"))
        let read = try OpenAPIDocument(parsing: document.completeText).content
        let operation = try #require(read["paths"]?["/1: x/get"]?["post"])
        #expect(operation["tags"] == ["1: x"])
        let body = operation["requestBody"]?["content"]?["application/json"]?["schema"]
        #expect(body?["properties"]?["list"] == ["type": "array", "items": [:]])
        #expect(body?["properties"]?["no"] == ["type": "number"])
        #expect(body?["required"] == ["list", "no"])
        let empty = CommandableSwaggerDocument(baseRoute: "", [])
        #expect(!empty.description.contains("paths"))
        #expect(try OpenAPIDocument(parsing: empty.completeText).content["paths"] == [:])
    }
}
