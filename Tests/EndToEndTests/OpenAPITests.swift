import Foundation
import PipServices
import Testing

/// OpenAPI documents before a validator, and the API page of Beacons in a browser, neither of which was written here.
@Suite struct OpenAPITests {
    private static func peer(_ script: String) -> String { Built.source("Tests/EndToEndTests/Peers/\(script)").path }

    private static func python() throws -> URL {
        let path = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the test's packages: run 'make test', which installs them")
        return URL(filePath: path)
    }

    @Test func documentsAreValid() async throws {
        try await RunningService.run { service async throws in
            let paths = ["/v1/beacons/swagger", "/v1/beacons/swagger.json", "/v1/swagger", "/v1/swagger.json"]
            let result = try await ChildProcess.output(
                of: Self.python(), [Self.peer("validate_openapi.py")] + paths.map { service.address + $0 })
            #expect(result.end == .exit(0), "\(result.output)\n\(result.errors)")
            #expect(result.output.matches(of: #/is valid with [1-9]/#).count == paths.count, "\(result.output)")
        }
    }

    // MARK: - Schemas that Beacons has not

    struct Tree: Codable, Sendable { var name: String, branches: [Tree] }
    enum Kind: String, Codable, CaseIterable, Sendable { case indoor, outdoor }
    struct Place: Codable, Sendable {
        var kind: Kind?
        var tree: Tree?
        var sizes: [String: Double]
        var since: Date
    }

    private static let types: [SchemaType] = [
        .any, .string, .boolean, .integer, .long, .float, .double, .dateTime, .array, .map, .code(.duration),
        .code(.enum), .code(.object), .code(.unknown), .name("INT[]"), .name("Beacon"),
        .schema(ArraySchema(.boolean, required: true)), .schema(MapSchema(.string, .double)), .schema(ObjectSchema()),
        .schema(FilterParamsSchema()), .schema(PagingParamsSchema()), .schema(TokenizedPagingParamsSchema()),
        .schema(ProjectionParamsSchema()), .schema(SortParamsSchema()), DerivedSchema.of(Tree.self),
        DerivedSchema.of(Place.self),
    ]

    private static let rules: [any ValidationRule] = [
        IncludedRule("x"), IncludedRule(), ExcludedRule(1, 2), ExcludedRule(), ValueComparisonRule("GE", 5),
        ValueComparisonRule("GT", 3.5), ValueComparisonRule("<", 5), ValueComparisonRule("LE", 7),
        ValueComparisonRule("LIKE", "^a+$"), ValueComparisonRule("EQ", "x"), ValueComparisonRule("NE", true),
        ValueComparisonRule("LT", "b"), PropertiesComparisonRule("a", "LT", "b"), NotRule(IncludedRule("x")),
        NotRule(PropertiesComparisonRule("a", "LT", "b")), OrRule(IncludedRule(1), ValueComparisonRule("GT", 5)),
        OrRule(IncludedRule(1), PropertiesComparisonRule("a", "LT", "b")), OrRule(),
        AndRule(IncludedRule(1), ValueComparisonRule("GT", 5)), AtLeastOneExistsRule("a", "b"),
        OnlyOneExistsRule("a", "b"), OnlyOneExistsRule([]),
    ]

    /// All kinds, required or not; all rules, for a value, for a type that holds itself, and together.
    private static var schema: ObjectSchema {
        var schema = ObjectSchema(rules: rules)
        for (index, type) in types.enumerated() {
            schema = schema.withRequiredProperty("type\(index)", type).withOptionalProperty("optional\(index)", type)
        }
        for (index, rule) in rules.enumerated() {
            schema = schema.withOptionalProperty("rule\(index)", .string, rule)
                .withOptionalProperty("tree\(index)", DerivedSchema.of(Tree.self), rule)
        }
        return schema.withProperty(PropertySchema("all", .long, rules: rules))
    }

    private static func validate(_ files: [URL]) async throws -> (end: ChildProcess.End, output: String) {
        let result = try await ChildProcess.output(
            of: python(), [peer("validate_openapi.py")] + files.map(\.absoluteString))
        return (result.end, result.output + result.errors)
    }

    @Test func documentsOfAllSchemasAndRulesAreValid() async throws {
        let schema = Self.schema
        let commands: [Command] = [
            Command("all", schema: schema) { (_, _: Parameters) in },
            Command("grow") { (_, tree: Tree) in tree },
            Command("place") { (_, place: Place) in place },
        ]
        let routes: [RestRoute] = [
            RestRoute(.get, "/things/:id", schema: schema) { (_, _) -> [Tree]? in nil },
            RestRoute(.post, "/things", schema: ObjectSchema().withRequiredProperty("body", .schema(schema))) {
                (_, _) -> Place? in nil
            },
            RestRoute(.put, "/trees") { (_, _, tree: Tree) -> Tree? in tree },
        ]
        let info = OpenAPIInfo(title: "All")
        let documents = [
            OpenAPIDocument(info, baseRoute: "all", commands: commands),
            OpenAPIDocument(info, baseRoute: "all", routes: routes),
        ]
        let folder = try TemporaryFolder()
        var files: [URL] = []
        for (index, document) in documents.enumerated() {
            files.append(try folder.write("\(index).json", document.json))
            files.append(try folder.write("\(index).yml", document.yaml))
        }
        let result = try await Self.validate(files)
        #expect(result.end == .exit(0), "\(result.output)")
        #expect(result.output.matches(of: #/is valid with [1-9]/#).count == files.count, "\(result.output)")
        withExtendedLifetime(folder) {}
    }

    @Test func theValidatorTellsWhatIsWrong() async throws {
        let tree = Command("grow") { (_, tree: Tree) in tree }
        var document = OpenAPIDocument(OpenAPIInfo(title: "T"), baseRoute: "t", commands: [tree])
        document.content["info"] = ["title": "T"]
        let folder = try TemporaryFolder()
        let result = try await Self.validate([try folder.write("bad.json", document.json)])
        #expect(result.end == .exit(1))
        #expect(result.output.contains("'version' is a required property"), "\(result.output)")
        withExtendedLifetime(folder) {}
    }

    // MARK: - The page

    /// Carries out steps on the page and gives what they give.
    private static func browse(
        _ service: RunningService, at address: String? = nil, _ steps: [String]
    ) async throws -> [JSON] {
        let encoded = String(decoding: try JSONEncoder().encode(steps), as: UTF8.self)
        // A picture to look at is kept when somebody asks for it.
        let picture = ProcessInfo.processInfo.environment["PIP_TEST_SCREENSHOT"].map { [$0] } ?? []
        let arguments =
            [try Built.command("chromium").path, (address ?? service.address) + "/swagger", encoded] + picture
        let result = try await ChildProcess.output(
            of: python(), [peer("browser.py")] + arguments, within: .seconds(240))
        try #require(result.end == .exit(0), "\(result.output)\n\(result.errors)\n\(service.process.transcript)")
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 2, "\(result.output)")
        #expect(try JSON(parsing: lines[1]) == [], "no errors, and nothing from elsewhere")
        return try #require(try JSON(parsing: lines[0]).elements)
    }

    /// What the steps have in common: to find an operation, open it, call it, and wait for the answer.
    private static let helpers = #"""
        window.operation = (method, path) => [...document.querySelectorAll("details.operation")].find(view =>
          view.querySelector(".method").textContent === method && view.querySelector(".path").textContent === path);
        window.until = async find => { let found; while (!(found = find())) await new Promise(requestAnimationFrame);
          return found; };
        window.form = async (method, path) => { const view = operation(method, path);
          if (!view.open) view.querySelector("summary").click();
          await until(() => view.querySelector("button.call")); return view; };
        window.call = async view => { view.querySelector(".answer")?.remove(); view.querySelector("button.call").click();
          const answer = await until(() => view.querySelector(".answer, .problem"));
          return [answer.querySelector(".status")?.innerText ?? answer.innerText,
            answer.querySelector(".body")?.textContent ?? ""]; };
        true
        """#

    @Test("The page works behind a proxy that strips a prefix") func thePageWorksUnderAPrefix() async throws {
        try await RunningService.run { service async throws in
            try await ChildProcess.run(
                Self.python(), [Self.peer("prefix_proxy.py"), service.address, "/shop/api"]
            ) { proxy async throws in
                let port = try await proxy.waitForOutput(#/PORT (\d+)\n/#).1
                let address = "http://127.0.0.1:\(port)/shop/api"
                let results = try await Self.browse(
                    service, at: address,
                    [
                        Self.helpers,
                        #"[...document.querySelectorAll("h2")].map(title => title.firstChild.textContent)"#,
                        #"form("POST", "/v1/beacons/get_beacons").then(call)"#,
                    ])
                #expect(results[1] == ["Beacons: commands", "Beacons: REST"])
                #expect(results[2].elements?[0].text?.hasPrefix("200 OK") == true, "\(results[2])")
            }
        }
    }

    @Test func thePageListsOperationsAndCallsThem() async throws {
        try await RunningService.run { service async throws in
            let results = try await Self.browse(
                service,
                [
                    Self.helpers,
                    #"[...document.querySelectorAll("h2")].map(title => title.firstChild.textContent)"#,
                    #"document.querySelectorAll("details.operation").length"#,
                    // A command, with a body of one's own.
                    #"""
                    form("POST", "/v1/beacons/create_beacon").then(view => {
                      view.querySelector("textarea").value =
                        '{"beacon":{"id":"b1","site_id":"1","udi":"<b>001</b>","radius":9007199254740993}}';
                      return call(view); })
                    """#,
                    // A route, with a parameter in its path; first without it.
                    #"form("GET", "/v1/beacons/{beacon_id}").then(call)"#,
                    #"""
                    form("GET", "/v1/beacons/{beacon_id}").then(view => {
                      view.querySelector(".problem").remove();
                      view.querySelector("input").value = "b1"; return call(view); })
                    """#,
                    // The sample that the page offers is taken.
                    #"form("POST", "/v1/beacons").then(call)"#,
                    // A failure is shown as such.
                    #"""
                    form("POST", "/v1/beacons/get_beacon_by_id").then(view => {
                      view.querySelector("textarea").value = "{}"; return call(view); })
                    """#,
                    #"""
                    (() => { const find = document.getElementById("find"); find.value = "delete";
                      find.dispatchEvent(new Event("input")); const count = document.getElementById("found").textContent;
                      find.value = ""; find.dispatchEvent(new Event("input")); return count; })()
                    """#,
                ])
            #expect(results[1] == ["Beacons: commands", "Beacons: REST"])
            #expect(results[2] == 13)
            let created = try #require(results[3].elements)
            #expect(created[0].text?.hasPrefix("200 OK in ") == true, "\(created)")
            #expect(created[1].text?.contains(#""udi": "<b>001</b>""#) == true, "\(created)")
            #expect(results[4].elements?[0] == "beacon_id is required")
            let read = try #require(results[5].elements)
            #expect(read[0].text?.hasPrefix("200 OK") == true)
            #expect(read[1] == created[1])
            #expect(results[6].elements?[0].text?.hasPrefix("201 Created") == true, "\(results[6])")
            let failed = try #require(results[7].elements)
            #expect(failed[0].text?.hasPrefix("400 Bad Request") == true)
            #expect(failed[1].text?.contains("INVALID_DATA") == true)
            #expect(results[8] == "2 operations found")
        }
    }
}
