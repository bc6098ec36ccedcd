import PipServicesTesting
import Testing

@testable import PipServices

/// Typed commands without a schema, by HTTP.
@Suite struct TypedCommandTests {
    final class Places: Component, Commandable {
        enum Kind: String, Codable, CaseIterable, Sendable { case indoor, outdoor }
        struct Place: Codable, Sendable { var siteId: String, name: String?, kind: Kind, udis: [String], size: Int }
        struct Arguments: Decodable, Sendable { var place: Place }

        var commands: CommandSet {
            CommandSet {
                Command("create_place") { (_, arguments: Arguments) in arguments.place }
                Command("remove_place") { (_, arguments: Place) -> Void in }
            }
        }
    }

    private func with(
        options: String = "{}", logger: RecordingLogger = RecordingLogger(),
        _ body: @Sendable (HTTPEndpoint) async throws -> Void
    ) async throws {
        let yaml = """
            - descriptor: test:logger:recording:default:1.0
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:service:places:default:1.0
            - descriptor: pip-services:controller:commandable-http:default:1.0
              base_route: places
              swagger: { enable: true }
              dependencies: { service: "test:service:*:*:1.0" }
              options: \(options)
            """
        let factory = Factory("test:service:places:*:1.0") { Places() }
            .register("test:logger:recording:*:1.0") { logger }
        try await withContainer(yaml: yaml, factories: [factory]) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    private func post(_ endpoint: HTTPEndpoint, _ command: String, _ body: String) async throws -> (Int, AnyValue) {
        let request = RestRequest(.post, "/places/\(command)?trace_id=t7", body: RestBody(Array(body.utf8)))
        let response = await endpoint.respond(to: request)
        let text = String(decoding: response.body, as: UTF8.self)
        return (response.status, text.isEmpty ? .null : try JSONConverter.fromJSON(text))
    }

    @Test func goodArgumentsArrive() async throws {
        try await with { endpoint in
            let (status, body) = try await post(
                endpoint, "create_place",
                #"{"place":{"siteId":"1","kind":"indoor","udis":["a"],"size":2,"more":true},"trace_id":"x"}"#)
            #expect(status == 200)
            #expect(body == ["siteId": "1", "kind": "indoor", "udis": ["a"], "size": 2])
        }
    }

    private static let strange =
        #"{"place":{"siteid":"1","siteId":"1","kind":"indoor","udis":["a"],"size":2},"more":1,"trace_id":"x"}"#

    @Test("Unknown properties of arguments are dropped, or rejected if configured")
    func unknownProperties() async throws {
        for options in ["{}", "{ unknown_properties: ignore }"] {
            let logger = RecordingLogger()
            try await with(options: options, logger: logger) { endpoint async throws in
                #expect(try await post(endpoint, "create_place", Self.strange).0 == 200)
            }
            let warnings = logger.messages.filter { $0.level <= .warn }
            #expect(warnings.isEmpty, "\(options): \(warnings)")
        }
        try await with(options: "{ unknown_properties: reject }") { endpoint in
            let (status, body) = try await post(endpoint, "create_place", Self.strange)
            #expect(status == 400)
            #expect(body["code"] == "INVALID_DATA")
            let results = body["details"]?["results"]?.array ?? []
            #expect(results.compactMap { $0["path"]?.string } == ["place.siteid", "more"])
            #expect(results.compactMap { $0["code"]?.string } == ["UNEXPECTED_PROPERTY", "UNEXPECTED_PROPERTY"])
            #expect(results.first?["message"]?.string?.contains("did you mean 'siteId'?") == true)
            let good = #"{"place":{"siteId":"1","kind":"indoor","udis":[],"size":2},"trace_id":"x"}"#
            #expect(try await post(endpoint, "create_place", good).0 == 200)
        }
    }

    @Test("Unknown properties of arguments are dropped and logged if configured")
    func unknownPropertiesAreLogged() async throws {
        let logger = RecordingLogger()
        try await with(options: "{ unknown_properties: warn }", logger: logger) { endpoint in
            let (status, body) = try await post(endpoint, "create_place", Self.strange)
            #expect(status == 200)
            #expect(body == ["siteId": "1", "kind": "indoor", "udis": ["a"], "size": 2])
            let warnings = logger.messages.filter { $0.level == .warn }
            #expect(warnings.count == 1)
            #expect(warnings.first?.traceId == "t7")
            let message = warnings.first?.message ?? ""
            for part in ["create_place", "siteid", "did you mean 'siteId'?", "unexpected property more"] {
                #expect(message.contains(part), "\(part) in \(message)")
            }
            let good = #"{"place":{"siteId":"1","kind":"indoor","udis":[],"size":2},"trace_id":"x"}"#
            #expect(try await post(endpoint, "create_place", good).0 == 200)
            #expect(logger.messages.count { $0.level <= .warn } == 1, "the trace id is known")
        }
    }

    @Test("Unknown properties are found in lists and recursive types, up to a limit")
    func unknownPropertiesInside() throws {
        struct Tree: Decodable { var name: String, branches: [Tree] }
        let schema = try #require(DerivedSchema.schema(of: Tree.self))
        let leaf: AnyValue = ["name": "b", "branches": [], "x": 1]
        let tree: AnyValue = ["name": "a", "branches": [leaf, ["name": "c", "branches": [leaf]]]]
        let found = UnknownProperties.findings(in: tree, schema, ignoring: [])
        #expect(found.map(\.path) == ["branches.0.x", "branches.1.branches.0.x"])
        let many = AnyValue.map(AnyValueMap((0..<100).map { ("p\($0)", AnyValue.integer(1)) }))
        #expect(UnknownProperties.findings(in: many, schema, ignoring: []).count == 20)
        #expect(UnknownProperties.findings(in: many, ObjectSchema(allowUndefined: true), ignoring: []).isEmpty)
    }

    @Test("Properties of a partially known type are not unknown") func unknownFields() throws {
        enum Kind: String, Decodable { case book }
        struct Item: Decodable { var name: String, kind: Kind, price: Int }
        struct Ruled: Decodable, SchemaProviding {
            var name: String, kind: Kind, price: Int
            static var schema: any Schema { SchemaRules(Ruled.self).with(\.name, .length(1...5)).schema }
        }
        let item: AnyValue = ["name": "a", "kind": "book", "price": 2]
        for schema in [DerivedSchema.schema(of: Item.self), DerivedSchema.schema(of: Ruled.self)] {
            let schema = try #require(schema)
            #expect(UnknownProperties.findings(in: item, schema, ignoring: []).isEmpty)
        }
        #expect(DerivedSchema.gaps(in: Ruled.self).map(\.type) == ["Ruled"])
        #expect(DerivedSchema.gaps(in: [String: Ruled].self).map(\.path) == ["*"])
    }

    @Test("A list of arguments is rejected if unknown properties are") func listsAreRefused() async throws {
        try await with(options: "{ unknown_properties: reject }") { endpoint in
            let (status, body) = try await post(endpoint, "create_place", #"[{"id":1}]"#)
            #expect(status == 400)
            #expect(body["code"] == "BAD_ARGUMENTS")
        }
    }

    @Test func allThatIsWrongIsToldAtOnce() async throws {
        try await with { endpoint in
            let (status, body) = try await post(
                endpoint, "create_place", #"{"place":{"name":5,"kind":"under","udis":["a",1],"size":1.5}}"#)
            #expect(status == 400)
            #expect(body["code"] == "INVALID_DATA")
            #expect(body["trace_id"] == "t7")
            let results = body["details"]?["results"]?.array ?? []
            #expect(
                results.map { "\($0["path"]?.string ?? "") \($0["code"]?.string ?? "")" } == [
                    "place.siteId VALUE_IS_NULL", "place.name TYPE_MISMATCH", "place.kind VALUE_NOT_INCLUDED",
                    "place.udis.1 TYPE_MISMATCH", "place.size TYPE_MISMATCH",
                ])
        }
    }

    @Test func aFractionIsNoWholeNumber() async throws {
        try await with { endpoint in
            let (status, body) = try await post(
                endpoint, "remove_place", #"{"siteId":"1","kind":"indoor","udis":[],"size":1.5}"#)
            #expect(status == 400)
            #expect(body["details"]?["results"]?[0]?["path"] == "size")
            #expect(body["details"]?["results"]?[0]?["code"] == "TYPE_MISMATCH")
            #expect(body["trace_id"] == "t7")
        }
    }

    @Test func theDocumentShowsTheProperties() async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: RestRequest(.get, "/places/swagger"))
            let text = String(decoding: response.body, as: UTF8.self)
            let expected = """
                              siteId:
                                type: 'string'
                              name:
                                type: 'string'
                              kind:
                                type: 'string'
                                enum:
                                  - 'indoor'
                                  - 'outdoor'
                              udis:
                                type: 'array'
                                items:
                                  type: 'string'
                              size:
                                type: 'number'
                                format: 'int64'
                            required:
                              - siteId
                              - kind
                              - udis
                              - size
                """
            let lines = { (text: String) in
                text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n")
            }
            #expect(lines(text).contains(lines(expected)), "\(text)")
        }
    }
}
