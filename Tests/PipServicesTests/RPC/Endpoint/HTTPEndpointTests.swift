import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

@Suite struct HTTPEndpointTests {
    struct Item: Codable, Equatable { var id: String, size: Int? }

    final class Items: RestController {
        let rest = RestHost(baseRoute: "/v1/")
        let clock = ClockSlot()
        var routes: [RestRoute] {
            RestRoute(.get, "items/:item_id") { _, request in Item(id: try request.parameter("item_id"), size: nil) }
            RestRoute(.get, "/items/none") { _, _ in Item?.none }
            RestRoute(.get, "/items") { _, request in
                [request.query.filter["key"] ?? "-", "\(request.query.paging.getTake(100))"]
            }
            RestRoute(.post, "/items", schema: Self.schema, status: 201) { _, _, item in item as Item }
            RestRoute(.put, "/twice") { _, request in
                [try await request.body.bytes().count, try await request.body.bytes().count]
            }
            RestRoute(.delete, "/fail") { (_, _) -> Item? in throw CancellationError() }
            RestRoute(.get, "/trace", response: { context, _ in .text(context.traceId ?? "none") })
            RestRoute(.get, "/parent") { (context, _) -> [String?]? in
                let parent = context.traceParent
                return [context.traceId, parent?.traceId, parent?.parentId, parent?.state]
            }
            RestRoute(.get, "/sleep") { [clock] (_, _) -> String? in
                try await clock.sleep(for: .seconds(5))
                return "late"
            }
        }
        static let schema = ObjectSchema(allowUndefined: true)
            .withRequiredProperty("body", .schema(ObjectSchema().withRequiredProperty("id", .string)))
    }

    private func with(
        _ settings: String = "", clock: VirtualClock? = nil, _ body: @Sendable (HTTPEndpoint) async throws -> Void
    ) async throws {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            \(settings)
            - descriptor: test:controller:rest:default:1.0
            """
        let items = Factory("test:controller:rest:*:1.0") { Items() }
        try await withContainer(yaml: yaml, factories: [items], clock: clock) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"))
        }
    }

    private func json(_ response: RestResponse) throws -> AnyValue {
        try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
    }

    private func request(_ method: HTTPMethod, _ target: String, _ body: String = "") -> RestRequest {
        RestRequest(method, target, body: RestBody(Array(body.utf8)))
    }

    @Test func routesAreFound() async throws {
        try await with { endpoint in
            let item = try json(await endpoint.respond(to: request(.get, "/v1/items/a%20b%2Fc")))
            #expect(item == ["id": "a b/c"])
            #expect(await endpoint.respond(to: request(.get, "/v1/items/none")).status == 204)
            let query = try json(await endpoint.respond(to: request(.get, "/v1/items?key=k&take=5")))
            #expect(query == ["k", "5"])
            let created = await endpoint.respond(to: request(.post, "/v1/items", #"{"id":"1","size":2}"#))
            #expect(created.status == 201)
            let body = try json(created)
            #expect(body == ["id": "1", "size": 2])
        }
    }

    @Test(arguments: [
        ("GET", "/nope", 404, "ResourceNotFound"), ("PATCH", "/v1/items", 405, "MethodNotAllowed"),
        ("POST", "/v1/items", 400, "INVALID_DATA"), ("DELETE", "/v1/fail", 500, "UNKNOWN"),
    ])
    func failuresAreErrorDescriptions(method: String, path: String, status: Int, code: String) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: RestRequest(HTTPMethod(rawValue: method), path + "?trace_id=t1"))
            #expect(response.status == status)
            let error = try #require(ErrorDescription(try json(response)))
            #expect(error.code == code)
            #expect(error.traceId == "t1")
        }
    }

    @Test("A schema and a handler see the same value of a repeated query field")
    func repeatedQueryFieldsAreOneValue() async throws {
        final class Kinds: RestController {
            let rest = RestHost()
            var routes: [RestRoute] {
                let schema = ObjectSchema(allowUndefined: true).withOptionalProperty(
                    "kind", .string, ValueComparisonRule("EQ", "a"))
                RestRoute(.get, "/kinds", schema: schema) { _, request in
                    [request.query["kind"] ?? "", request.query.filter["kind"] ?? ""]
                }
            }
        }
        let (endpoint, kinds) = (HTTPEndpoint(), Kinds())
        try await assemble(kinds, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await kinds.open(.empty)
        let body = try json(await endpoint.respond(to: request(.get, "/kinds?kind=a")))
        #expect(body == ["a", "a"])
        #expect(await endpoint.respond(to: request(.get, "/kinds?kind=evil&kind=a")).status == 400)
        #expect(await endpoint.respond(to: request(.get, "/kinds?kind=a&kind=a")).status == 400)
    }

    @Test(
        "A JSON body from a web page requires a JSON content type",
        arguments: [
            ([], 201), ([("Content-Type", "text/plain")], 201), ([("Sec-Fetch-Site", "same-origin")], 201),
            ([("Origin", "http://x")], 415), ([("Origin", "http://x"), ("Content-Type", "text/plain")], 415),
            ([("Origin", "null"), ("Content-Type", "multipart/form-data; a=application/json")], 415),
            ([("Origin", "http://x"), ("Content-Type", "application/json")], 201),
            ([("Origin", "http://x"), ("Content-Type", "Application/JSON; charset=utf-8")], 201),
            ([("Origin", "http://x"), ("Content-Type", "application/vnd.x+json")], 201),
            ([("Sec-Fetch-Site", "cross-site")], 415), ([("Sec-Fetch-Site", "same-site")], 415),
            ([("Sec-Fetch-Site", "cross-site"), ("Content-Type", "application/json")], 201),
        ] as [([(String, String)], Int)])
    func pagesNeedAContentType(fields: [(String, String)], status: Int) async throws {
        try await with { endpoint in
            let headers = HeaderFields(fields.map { (name: $0.0, value: $0.1) })
            let body = RestBody(Array(#"{"id":"1","size":2}"#.utf8))
            let response = await endpoint.respond(to: RestRequest(.post, "/v1/items", headers: headers, body: body))
            #expect(response.status == status)
            // A body that is not read as JSON may have any type.
            let other = RestRequest(.put, "/v1/twice", headers: headers, body: RestBody([1]))
            #expect(await endpoint.respond(to: other).status == 200)
        }
    }

    @Test("A body is read for validation only if the schema covers it")
    func bodiesOutsideASchemaAreNotRead() async throws {
        final class Files: RestController {
            let rest = RestHost()
            var routes: [RestRoute] {
                let query = ObjectSchema().withRequiredProperty("name", .string)
                let schemas: [(String, any Schema)] = [
                    ("/query", query), ("/rule", query.withRule(AtLeastOneExistsRule("name", "title"))),
                    ("/body", query.withOptionalProperty("body", .map)),
                    ("/bodyrule", query.withRule(OrRule(OnlyOneExistsRule("name", "Body")))),
                ]
                for (path, schema) in schemas {
                    RestRoute(.post, path, schema: schema) { _, request -> Int? in
                        var count = 0
                        try await request.body.read { count += $0.count }
                        return count
                    }
                }
            }
        }
        let endpoint = HTTPEndpoint()
        let files = Files()
        try await assemble(files, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await files.open(.empty)
        let status = { @Sendable (target: String, body: [UInt8]) async -> Int in
            await endpoint.respond(to: RestRequest(.post, target, body: RestBody(body))).status
        }
        for path in ["/query", "/rule"] {
            #expect(await status("\(path)?name=x", [0xFF, 0x00]) == 200)
            #expect(await status(path, [0xFF, 0x00]) == 400, "the query is still checked")
        }
        for path in ["/body", "/bodyrule"] { #expect(await status("\(path)?name=x", [0xFF, 0x00]) == 400) }
        #expect(await status("/body?name=x", Array("{}".utf8)) == 200)
        #expect(await status("/bodyrule?name=x", Array("{}".utf8)) == 400)
    }

    @Test("A JSON body is parsed only once") func bodiesAreParsedOnce() async throws {
        let body = RestBody(Array(#"{"id":"1"}"#.utf8))
        #expect(try await body.json() == ["id": "1"])
        body.parsed = "kept"
        #expect(try await body.json() == "kept")
    }

    /// Notes that a schema was asked, and puts another value in the place of the parsed body, which only a handler that
    /// parses the body again does not see.
    private struct Exchange: ValidationRule {
        static let body = Locked<RestBody?>(nil)
        func validate(path: String, schema: any Schema, value: AnyValue, results: inout [ValidationResult]) {
            Self.body.current?.parsed = ["id": "parsed once"]
        }
    }

    /// A body whose schema is part of its type.
    private struct Checked: Codable, SchemaProviding {
        var id: String
        static var schema: any Schema {
            ObjectSchema(allowUndefined: true).withRequiredProperty("id", .string).withRule(Exchange())
        }
    }

    @Test("The schema and the handler of a typed route share one parsed body") func typedRoutesParseOnce() async throws
    {
        final class Typed: RestController {
            let rest = RestHost()
            var routes: [RestRoute] {
                let schema = Items.schema.withRule(Exchange())
                RestRoute(.post, "/explicit", schema: schema) { (_, _, item: Item) -> String? in item.id }
                RestRoute(.post, "/derived") { (_, _, item: Checked) -> String? in item.id }
            }
        }
        let endpoint = HTTPEndpoint()
        let typed = Typed()
        try await assemble(typed, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await typed.open(.empty)
        for path in ["/explicit", "/derived"] {
            let request = request(.post, path, #"{"id":"1"}"#)
            Exchange.body.withLock { $0 = request.body }
            let response = await endpoint.respond(to: request)
            #expect(try json(response) == "parsed once", "\(path)")
        }
        Exchange.body.withLock { $0 = nil }
        #expect(try json(await endpoint.respond(to: request(.post, "/derived", #"{"id":"1"}"#))) == "1")
    }

    @Test("Repeated header fields are joined, except Set-Cookie")
    func repeatedHeaderFieldsAreJoined() {
        let fields: HeaderFields = [
            (name: "X-A", value: "1"), (name: "Set-Cookie", value: "a=1"), (name: "Cookie", value: "c=1"),
            (name: "x-a", value: "2"), (name: "Set-Cookie", value: "b=2"), (name: "Cookie", value: "d=2"),
        ]
        let response = HTTPClientResponse(status: 200, headers: fields)
        let request = HTTPClientRequest(.get, "http://x", headers: fields)
        for find in [{ fields[$0] }, { response[header: $0] }, { request[header: $0] }]
            as [(String) -> String?]
        {
            #expect(find("X-a") == "1, 2")
            #expect(find("cookie") == "c=1; d=2")
            #expect(find("Set-Cookie") == "a=1")
            #expect(find("none") == nil)
        }
    }

    @Test func aBodyCanBeReadTwice() async throws {
        try await with { endpoint in
            let counts = try json(await endpoint.respond(to: request(.put, "/v1/twice", "abc")))
            #expect(counts == [3, 3])
        }
    }

    @Test(arguments: [
        ("?trace_id=q", [("trace_id", "h")], "q"), ("?correlation_id=c", [], "c"), ("", [("Trace_Id", "h")], "h"),
        ("", [("correlation_id", "h3")], "h3"), ("", [], "none"),
        ("", [("X-Request-Id", "r")], "r"), ("", [("x-request-id", "")], "none"),
        ("", [("X-Request-Id", "r"), ("correlation_id", "h3")], "h3"),
        (
            "", [("X-Request-Id", "r"), ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")],
            "4bf92f3577b34da6a3ce929d0e0e4736"
        ),
    ])
    func theTraceIdComesFromQueryOrHeader(query: String, headers: [(String, String)], traceId: String) async throws {
        try await with("  options: { generate_trace_id: false }") { endpoint in
            let headers = HeaderFields(headers.map { (name: $0.0, value: $0.1) })
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/trace" + query, headers: headers))
            #expect(String(decoding: response.body, as: UTF8.self) == traceId)
            #expect(response.headers.first { $0.name == "trace_id" }?.value == (traceId == "none" ? nil : traceId))
        }
    }

    @Test(arguments: [("", "4bf92f3577b34da6a3ce929d0e0e4736"), ("?trace_id=q", "q")])
    func theRouteKnowsTheTraceOfTheCaller(query: String, traceId: String) async throws {
        try await with { endpoint in
            let headers = HeaderFields([
                (name: "traceparent", value: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                (name: "tracestate", value: "a=b"),
            ])
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/parent" + query, headers: headers))
            let found = try json(response)
            let expected: AnyValue = [
                .string(traceId), "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "a=b",
            ]
            #expect(found == expected)
            #expect(response.headers.first { $0.name == "trace_id" }?.value == traceId)
        }
    }

    @Test("A request without a trace id gets one, which its response and errors contain")
    func traceIdsAreGenerated() async throws {
        try await with { endpoint in
            var ids: Set<String> = []
            for path in ["/v1/trace", "/v1/trace", "/nope"] {
                let response = await endpoint.respond(to: request(.get, path))
                let id = try #require(response.headers.first { $0.name == "trace_id" }?.value)
                #expect(id.count == 32)
                ids.insert(id)
                if path == "/nope" {
                    #expect(ErrorDescription(try json(response))?.traceId == id)
                } else {
                    #expect(String(decoding: response.body, as: UTF8.self) == id)
                }
            }
            #expect(ids.count == 3)
        }
    }

    @Test("A trace id is truncated to 128 code points") func traceIdsAreBounded() async throws {
        try await with { endpoint in
            let id = String(repeating: "a", count: 10_000)
            for headers in [[(name: "trace_id", value: id)], [(name: "X-Request-Id", value: id)]] {
                let request = RestRequest(.get, "/v1/trace", headers: HeaderFields(headers))
                let response = await endpoint.respond(to: request)
                #expect(response.body.count == 128)
            }
            #expect(await endpoint.respond(to: request(.get, "/v1/trace?trace_id=\(id)")).body.count == 128)
        }
    }

    @Test func aMalformedTraceIsNone() async throws {
        try await with("  options: { generate_trace_id: false }") { endpoint in
            let headers = HeaderFields([(name: "traceparent", value: "00-4bf92f3577b34da6-00f067aa0ba902b7-01")])
            let found = try json(await endpoint.respond(to: RestRequest(.get, "/v1/parent", headers: headers)))
            let expected: AnyValue = [nil, nil, nil, nil]
            #expect(found == expected)
        }
    }

    /// Tells how long a caller waits, and calls itself on behalf of one.
    final class Patience: RestController {
        struct Left: Codable, Equatable { var told: String?, left: Int? }

        let rest = RestHost(baseRoute: "/v1/")
        let client = Dependency<RestClient>("client", "test:client:rest:*:1.0")
        let clock = ClockSlot()

        var routes: [RestRoute] {
            RestRoute(.get, "/left") { [clock] (context, request) -> Left? in
                let left = context.deadline.map { Int(($0 - clock.uptime).milliseconds) }
                return Left(told: request.headers["request-timeout-ms"], left: left)
            }
            RestRoute(.get, "/on") { [clock, client] (context, _) -> Left? in
                // What is done before the call takes some of the time.
                (clock() as? VirtualClock)?.advance(by: .milliseconds(400))
                return try await client().call(context, .get, "/left")
            }
        }
    }

    private func patience(_ path: String, _ told: String?) async throws -> AnyValue {
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            - descriptor: test:client:rest:default:1.0
              base_route: v1
              connection: { protocol: local }
            """
        let factory = Factory("test:controller:rest:*:1.0") { Patience() }
            .register("test:client:rest:*:1.0") { RestClient() }
        return try await withContainer(yaml: yaml, factories: [factory], clock: VirtualClock()) { container in
            let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
            let headers = HeaderFields(told.map { [(name: "Request-Timeout-Ms", value: $0)] } ?? [])
            return try json(await endpoint.respond(to: RestRequest(.get, path, headers: headers)))
        }
    }

    @Test(arguments: [("1500", ["told": "1500", "left": 1500]), (nil, [:])] as [(String?, AnyValue)])
    func theRouteKnowsHowLongTheCallerWaits(told: String?, expected: AnyValue) async throws {
        let found = try await patience("/v1/left", told)
        #expect(found == expected)
    }

    /// As long as the caller still waits, and no longer than the client would by itself.
    @Test(arguments: [("1500", 1100), ("60000", 10_000), (nil, 10_000)] as [(String?, Int)])
    func aCallOnBehalfOfACallerEndsWithItsPatience(told: String?, left: Int) async throws {
        let found = try await patience("/v1/on", told)
        let expected: AnyValue = ["told": .string("\(left)"), "left": .integer(Int64(left))]
        #expect(found == expected)
    }

    @Test func aRequestThatTakesTooLongGets503() async throws {
        let clock = VirtualClock()
        try await with("  options: { request_timeout: 1000 }", clock: clock) { endpoint in
            let sleepers = clock.sleeperCount
            let answer = Task { await endpoint.respond(to: RestRequest(.get, "/v1/sleep?trace_id=t1")) }
            // The route, and what bounds it.
            try await waitUntil { clock.sleeperCount == sleepers + 2 }
            clock.advance(by: .milliseconds(999))
            #expect(clock.sleeperCount == sleepers + 2)
            clock.advance(by: .milliseconds(1))
            let response = await answer.value
            #expect(response.status == 503)
            let error = try #require(ErrorDescription(try json(response)))
            #expect(error.code == "REQUEST_TIMEOUT")
            #expect(error.traceId == "t1")
            #expect(clock.sleeperCount == sleepers, "the route was cancelled")
            #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 200)
        }
    }

    @Test func aTraceIdCannotSplitTheResponse() async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: request(.get, "/v1/trace?trace_id=a%0D%0AX:1"))
            #expect(!response.headers.contains { $0.name == "trace_id" })
        }
    }

    private func preflight(_ path: String, origin: String = "http://x.example") -> RestRequest {
        let headers = [
            ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "a"),
        ].map { (name: $0.0, value: $0.1) }
        return RestRequest(.options, path, headers: HeaderFields(headers))
    }

    @Test(
        "Preflight requests are always answered, and use no request budget",
        arguments: [
            "", "  options: { maintenance_enabled: true }", "  options: { rate_limit: 0.000001, rate_burst: 1 }",
        ])
    func preflightsAreAnswered(_ settings: String) async throws {
        try await with(settings) { endpoint in
            for path in ["/v1/items", "/nothing", "/v1/items", "/v1/../x"] {
                let response = await endpoint.respond(to: preflight(path))
                #expect(response.status == 204, "\(path)")
                let headers = Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name, $0.value) })
                #expect(headers["Access-Control-Allow-Methods"]?.contains("POST") == true, "\(path)")
                #expect(headers["Access-Control-Max-Age"] == "600")
                #expect(headers["trace_id"] != nil)
            }
            guard settings.contains("rate_limit") else { return }
            #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 200, "the one of the budget")
            #expect(await endpoint.respond(to: request(.options, "/v1/items")).status == 429, "no preflight request")
            #expect(await endpoint.respond(to: preflight("/v1/items")).status == 204)
        }
    }

    @Test("A page may read the trace id and Retry-After", arguments: ["", "  cors_origins: http://a.example"])
    func exposedHeaders(_ settings: String) async throws {
        try await with(settings) { endpoint in
            let headers = HeaderFields([(name: "Origin", value: "http://a.example")])
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/items", headers: headers))
            let exposed = (endpoint.fixedHeaders + response.headers).filter {
                $0.name == "Access-Control-Expose-Headers"
            }
            #expect(exposed.map(\.value) == ["trace_id, Retry-After"])
        }
    }

    @Test(
        "OPTIONS and 405 list the methods of a path",
        arguments: [
            (HTTPMethod.options, "/v1/items", 204, "GET, HEAD, OPTIONS, POST"),
            (.patch, "/v1/items", 405, "GET, HEAD, OPTIONS, POST"), (.get, "/v1/twice", 405, "OPTIONS, PUT"),
            (.options, "/nothing", 404, nil),
        ] as [(HTTPMethod, String, Int, String?)])
    func allowedMethods(method: HTTPMethod, path: String, status: Int, allowed: String?) async throws {
        try await with { endpoint in
            let response = await endpoint.respond(to: request(method, path))
            #expect(response.status == status)
            #expect(response.headers.first { $0.name == "Allow" }?.value == allowed)
        }
    }

    @Test("Paths with dot segments or a NUL reach neither interceptors nor routes")
    func unsafePaths() async throws {
        let (endpoint, items, seen) = (HTTPEndpoint(), Items(), Locked<[String]>([]))
        try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await items.open(.empty)
        let interceptor = RestInterceptor { [seen] context, request, next in
            seen.withLock { $0.append(request.path) }
            return try await next(context, request)
        }
        try endpoint.register([interceptor], for: items)
        for path in ["/v1/items/..", "/v1/items/%2e%2e", "/v1/items/..%2Fx", "/v1/items/a%00"] {
            #expect(await endpoint.respond(to: request(.get, path)).status == 404, "\(path)")
        }
        #expect(seen.current == [])
        #expect(await endpoint.respond(to: request(.get, "/v1/%69tems/a%2Fb")).status == 200)
        #expect(seen.current == ["/v1/items/a%2Fb"])
    }

    @Test func browsersMayAsk() async throws {
        try await with("  cors_headers: x-a, x-b") { endpoint in
            let response = await endpoint.respond(to: request(.options, "/v1/items"))
            #expect(response.status == 204)
            let headers = Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name, $0.value) })
            #expect(headers["Access-Control-Allow-Methods"] == "GET, POST")
            #expect(headers["Access-Control-Allow-Headers"] == "Content-Type, trace_id, correlation_id, x-a, x-b")
        }
    }

    @Test(arguments: [("http://b.example", "http://b.example"), ("http://c.example", nil), (nil, nil)])
    func onlyPagesOfKnownOriginsMayRead(origin: String?, expected: String?) async throws {
        try await with("  cors_origins: http://a.example, http://b.example") { endpoint in
            let headers = HeaderFields(origin.map { [(name: "Origin", value: $0)] } ?? [])
            let response = await endpoint.respond(to: RestRequest(.get, "/v1/items", headers: headers))
            let allowed = response.headers.filter { $0.name == "Access-Control-Allow-Origin" }.map(\.value)
            #expect(allowed == (expected.map { [$0] } ?? []))
            #expect(response.headers.contains { $0 == ("Vary", "Origin") })
            #expect(!endpoint.fixedHeaders.contains { $0.name == "Access-Control-Allow-Origin" })
        }
    }

    @Test func pagesOfAnyOriginMayReadByDefault() async throws {
        try await with { endpoint in
            #expect(endpoint.fixedHeaders.contains { $0 == ("Access-Control-Allow-Origin", "*") })
            #expect(!(await endpoint.respond(to: request(.get, "/v1/items"))).headers.contains { $0.name == "Vary" })
        }
    }

    @Test("A handler may return nothing, and a typed body is required") func nothingIsReturned() async throws {
        struct Note: Decodable, Sendable { var text: String }
        let endpoint = try await assemble(HTTPEndpoint())
        let notes = Locked<[String]>([])
        let routes = [
            RestRoute(.delete, "/notes") { _, _ in notes.withLock { $0 = [] } },
            RestRoute(.put, "/notes") { _, request -> Void in
                let text = try await request.decode(Note.self).text
                notes.withLock { $0 = [text] }
            },
            RestRoute(.post, "/notes") { (_, _, note: Note) in
                let text = note.text
                notes.withLock { $0.append(text) }
            },
        ]
        endpoint.register(routes, for: endpoint)
        let posted = await endpoint.respond(
            to: RestRequest(.post, "/notes", body: RestBody(Array(#"{"text":"a"}"#.utf8))))
        #expect(posted.status == 204 && posted.body.isEmpty)
        #expect(notes.current == ["a"])
        let put = RestRequest(.put, "/notes", body: RestBody(Array(#"{"text":"b"}"#.utf8)))
        #expect(await endpoint.respond(to: put).status == 204)
        #expect(notes.current == ["b"])
        #expect(await endpoint.respond(to: RestRequest(.delete, "/notes")).status == 204)
        #expect(notes.current.isEmpty)
        let refused = await endpoint.respond(to: RestRequest(.post, "/notes"))
        #expect(refused.status == 400)
        #expect(String(decoding: refused.body, as: UTF8.self).contains("body must not be null"))
    }

    @Test(arguments: ["maintenance_enabled: true", "rate_limit: 0.000001, rate_burst: 1"])
    func aServiceThatRefusesRequestsStillLives(_ option: String) async throws {
        let settings = "  options: { \(option) }\n- descriptor: pip-services:health-controller:http:default:1.0"
        try await with(settings) { endpoint in
            _ = await endpoint.respond(to: request(.get, "/v1/items"))
            for _ in 0..<3 { #expect(await endpoint.respond(to: request(.get, "/health/live")).status == 200) }
            #expect(await endpoint.respond(to: request(.get, "/health/ready")).status != 200)
            #expect(await endpoint.respond(to: request(.get, "/v1/items")).status != 200)
        }
    }

    @Test func maintenanceIsAReal503() async throws {
        try await with("  options: { maintenance_enabled: true }") { endpoint in
            let response = await endpoint.respond(to: request(.get, "/v1/items"))
            #expect(response.status == 503)
            #expect(response.headers.contains { $0 == ("Retry-After", "3600") })
        }
    }

    @Test func routesGoWithTheirController() async throws {
        let (endpoint, items) = (HTTPEndpoint(), Items())
        let references = References([("pip-services:endpoint:http:default:1.0", endpoint)])
        try await assemble(items, references: references)
        try await items.open(.empty)
        #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 200)
        try await items.close(.empty)
        #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 404)
    }

    @Test func aClosedServiceIsGone() async throws {
        weak var endpoint: HTTPEndpoint?
        weak var items: Items?
        let yaml = """
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:controller:rest:default:1.0
            """
        let container = Container("test", factories: [Factory("test:controller:rest:*:1.0") { Items() }])
        await container.configure(try ContainerConfigReader.readFromYAML(yaml))
        try await container.open(.empty)
        endpoint = container.references.getOneOptional("*:endpoint:*:*:*")
        items = container.references.getOneOptional("test:controller:*:*:*")
        #expect(endpoint != nil && items != nil)
        try await container.close(.empty)
        // What was left to itself at the end may hold on for a moment.
        for _ in 0..<1000 where endpoint != nil || items != nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(endpoint == nil)
        #expect(items == nil)
    }

    @Test func aControllerWithoutAnEndpointHasItsOwn() async throws {
        let yaml = "- descriptor: test:controller:rest:default:1.0\n  connection: { host: 127.0.0.1, port: 0 }"
        let factory = Factory("test:controller:rest:*:1.0") { Items() }
        let (endpoint, port) = try await withContainer(yaml: yaml, factories: [factory]) {
            container -> (HTTPEndpoint, Int?) in
            let items = try container.references.getOneRequired("test:controller:*:*:*", as: Items.self)
            let endpoint = try items.rest.endpoint()
            #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 200)
            #if PIP_HTTP
            let port = try #require(endpoint.port)
            #expect(port > 0)
            let client = try RawConnection(port: port)
            try await client.send("GET /v1/items HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let answer = try await client.receive()
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
            #endif
            return (endpoint, endpoint.port)
        }
        #expect(!endpoint.isOpen)
        #expect(await endpoint.respond(to: request(.get, "/v1/items")).status == 404)
        if let port { try await RawConnection.waitForRefusal(port: port) }
    }

    #if PIP_HTTP
    @Test func aPortInUseFailsTheStart() async throws {
        try await with { endpoint in
            let port = try #require(endpoint.port)
            let yaml =
                "- descriptor: pip-services:endpoint:http:default:1.0\n  connection: { host: 127.0.0.1, port: \(port) }"
            let error = await #expect(throws: ApplicationError.self) { try await withContainer(yaml: yaml) { _ in } }
            #expect(error?.code == "CANNOT_CONNECT")
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            #expect(error?.cause.map { "\($0)" } == "Address already in use")
        }
    }
    #endif

    @Test(arguments: [("https", "NO_CREDENTIAL"), ("ftp", "WRONG_PROTOCOL")])
    func anotherProtocolIsRefused(scheme: String, code: String) async throws {
        let yaml = "- descriptor: pip-services:endpoint:http:default:1.0\n  connection: { protocol: \(scheme) }"
        let error = await #expect(throws: ApplicationError.self) { try await withContainer(yaml: yaml) { _ in } }
        #expect(error?.code == code)
    }
}
