import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct RestClientTests {
    private static let clock = "test:clock:virtual:default:1.0"
    private let context = Context(traceId: "t 1")

    /// An open client on a connector that is told what to answer.
    private func open(
        _ connector: ScriptedConnector, _ config: ConfigParams = [:], routes: [RestClientRoute] = [],
        clock: VirtualClock = VirtualClock()
    ) async throws -> RestClient {
        var config = config
        if config.keys.allSatisfy({ !$0.hasPrefix("connection") }) { config["connection.host"] = "0.0.0.0" }
        let client = try await assemble(
            RestClient(baseRoute: "/v1/", routes: routes), config: config,
            references: [
                "test:http-connector:scripted:default:1.0": connector, "test:clock:virtual:default:1.0": clock,
                "test:random:seeded:default:1.0": SeededRandom(seed: 5),
            ])
        try await client.open(.empty)
        return client
    }

    // MARK: - Requests

    @Test func aCallIsAURLWithABody() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, #"{"a":9007199254740993}"#) }
        let client = try await open(connector, ["connection.host": "h", "connection.port": "81"])
        var params: RestQueryParams = ["q": "a&b\u{e9}"]
        params.addFilterParams(["key": "v w"])
        params.addPagingParams(PagingParams(skip: 5, take: 10, total: true))
        params.addSortParams(SortParams(SortField("x"), SortField("y", ascending: false)))
        let result: AnyValue? = try await client.call(
            context, .post, "/items/\(RestClient.encode("1/2"))/", params: params, data: ["n": 1] as AnyValue)
        #expect(result == ["a": 9_007_199_254_740_993])
        let request = try #require(connector.requests.first)
        #expect(
            request.url == "http://h:81/v1/items/1%2F2?q=a%26b%C3%A9&key=v%20w&skip=5&take=10&total=true"
                + "&sort=x%3Dtrue%2Cy%3Dfalse&trace_id=t%201")
        #expect(request.method == .post)
        #expect(request.body.bytes == Array(#"{"n":1}"#.utf8))
        #expect(request[header: "content-type"] == "application/json")
        #expect(request[header: "trace_id"] == nil)
        #expect(request[header: HTTPFieldNames.timeout] == "10000")
    }

    @Test("Compressed responses are accepted if options.compression is true")
    func compressedAnswersAreAccepted() async throws {
        for (config, isAccepted) in [([:], false), (["options.compression": "true"], true)] as [(ConfigParams, Bool)] {
            let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
            let client = try await open(connector, config)
            let none: AnyValue? = try await client.call(context, .get, "items")
            #expect(none == nil && connector.requests.first?.acceptsCompression == isAccepted)
        }
    }

    @Test(arguments: [
        ("options.trace_id_place", "headers", false, true), ("options.trace_id", "both", true, true),
        ("options.correlation_id_place", "query", true, false), ("options.correlation_id", "Headers", false, true),
    ])
    func theTraceIdGoesWhereItIsTold(key: String, place: String, inQuery: Bool, inHeader: Bool) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let client = try await open(connector, [key: place])
        var context = Context(traceId: "abc")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", state: "a=b")
        let none: AnyValue? = try await client.call(context, .get, "items")
        #expect(none == nil)
        let request = try #require(connector.requests.first)
        #expect(request.url.contains("trace_id=abc") == inQuery)
        #expect((request[header: "trace_id"] == "abc") == inHeader)
        let parent = try #require(request[header: "traceparent"].flatMap { TraceParent($0) })
        #expect(parent.traceId == "0af7651916cd43dd8448eb211c80319c")
        #expect(parent.parentId != "b7ad6b7169203331")
        #expect(request[header: "tracestate"] == "a=b")
    }

    @Test func aTraceIdCannotSplitTheRequest() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let client = try await open(connector, ["options.trace_id_place": "both"])
        let _: AnyValue? = try await client.call(Context(traceId: "a\r\nb: c"), .get, "items")
        #expect(connector.requests.first?.url == "http://0.0.0.0:3000/v1/items?trace_id=a%0D%0Ab%3A%20c")
        #expect(connector.requests.first?[header: "trace_id"] == nil)
    }

    @Test func commandsGoByRoutes() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let client = try await open(
            connector,
            routes: [
                RestClientRoute("get", .get, "/items/:id"), RestClientRoute("list", .get, "/items"),
                RestClientRoute("create", .post, "/items", body: "item"), RestClientRoute("do", .put, "/do/:id"),
            ])
        for (command, arguments) in [
            ("get", ["id": "a/b"]), ("list", ["filter": ["k": 1], "paging": ["take": 5], "x": 2]),
            ("create", ["item": ["id": 1], "y": true]), ("do", ["id": 7, "z": [1]]),
        ] as [(String, AnyValueMap)] {
            let _: AnyValue? = try await client.callCommand(.empty, command, Parameters(arguments))
        }
        let sent = connector.requests.map { request in
            let body = String(decoding: request.body.bytes ?? [], as: UTF8.self)
            return "\(request.method.rawValue) \(request.url.dropFirst("http://0.0.0.0:3000/v1".count)) \(body)"
        }
        #expect(
            sent == [
                "GET /items/a%2Fb ", "GET /items?k=1&take=5&x=2 ", #"POST /items?y=true {"id":1}"#,
                #"PUT /do/7 {"z":[1]}"#,
            ])
        await #expect(throws: ApplicationError.self) { let _: AnyValue? = try await client.callCommand(.empty, "get") }
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.callCommand(.empty, "lists")
        }
        #expect(error?.code == "NO_ROUTE")
        #expect(error?.message.contains("'list'") == true)
    }

    @Test func whatCannotBeSentIsRefused() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let client = try await open(connector, ["options.request_max_size": "10"])
        func code(_ body: () async throws -> Void) async -> String? {
            do { try await body() } catch { return (error as? ApplicationError)?.code }
            return nil
        }
        #expect(
            await code {
                let _: AnyValue? = try await client.call(.empty, HTTPMethod(rawValue: "TRACE"), "items")
            } == "UNSUPPORTED_METHOD")
        #expect(
            await code {
                let _: AnyValue? = try await client.call(.empty, .post, "items", data: "123456789012")
            } == "REQUEST_TOO_LARGE")
        try await client.close(.empty)
        #expect(await code { let _: AnyValue? = try await client.call(.empty, .get, "items") } == "NOT_OPENED")
        #expect(connector.requests.isEmpty)
    }

    // MARK: - Answers

    @Test(arguments: [(204, "x"), (200, ""), (200, "null"), (201, " null ")])
    func nothingIsNil(status: Int, text: String) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status, text) }
        let client = try await open(connector)
        let result: AnyValue? = try await client.call(.empty, .get, "items")
        #expect(result == nil)
    }

    /// What the editions of the toolkit, their servers and what stands before them send.
    @Test(arguments: [
        (
            409,
            #"{"category":"Conflict","status":409,"code":"C","message":"m","details":{"a":1},"trace_id":"x","cause":"None","stack_trace":null,"type":""}"#,
            "Conflict", 409, "C", "x"
        ),
        (
            500, #"{"category":"Unknown","code":"U","trace_id":{"_values":{"trace_id":"deep"}}}"#, "Unknown", 500, "U",
            "deep"
        ),
        (404, #"{"category":"NotFound","code":"N","trace_id":{"trace_id":"y"}}"#, "NotFound", 404, "N", "y"),
        (
            404, #"{"code":"ResourceNotFound","message":"/x does not exist"}"#, "NotFound", 404, "ResourceNotFound",
            "t 1"
        ),
        (
            500,
            #"{"code":"UNDEFINED","status":500,"message":"m","name":"E","stack":"s","category":"Internal","cause":""}"#,
            "Internal", 500, "UNDEFINED", "t 1"
        ),
        (
            400, #"{"category":"BadRequest","code":"","message":"","correlation_id":"z"}"#, "BadRequest", 400,
            "UNKNOWN", "z"
        ),
        (405, "<html><h1>Error: 405 Method Not Allowed</h1></html>", "BadRequest", 405, "HTTP_405", "t 1"),
        (502, "", "NoResponse", 502, "HTTP_502", "t 1"), (500, "[1,2]", "Unknown", 500, "HTTP_500", "t 1"),
        (500, "{", "Unknown", 500, "HTTP_500", "t 1"), (401, "{}", "Unauthorized", 401, "HTTP_401", "t 1"),
        (
            440, #"{"category":"Unauthorized","status":440,"code":"SESSION_EXPIRED"}"#, "Unauthorized", 401,
            "SESSION_EXPIRED", "t 1"
        ),
    ])
    func errorsAreRestored(
        status: Int, body: String, category: String, restored: Int, code: String, traceId: String
    ) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status, body) }
        let client = try await open(connector, ["options.retries": "0"])
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.call(context, .get, "items")
        }
        #expect(error?.category.rawValue == category)
        #expect(error?.status == restored)
        #expect(error?.code == code)
        #expect(error?.traceId == traceId)
        #expect(error?.cause == nil)
    }

    @Test func garbageIsABadResponse() async throws {
        let random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            let start = (0..<random.next(in: 0..<60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Whatever comes before: with this it is no JSON.
            let bytes: [UInt8] = start + [0xFF]
            let status = [200, 300, 400, 500][random.next(in: 0..<4)]
            let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: status, body: HTTPBody(bytes)) }
            let client = try await open(connector, ["options.retries": "0"])
            let error = await #expect(throws: ApplicationError.self, "seed 11: \(status) \(bytes)") {
                let _: AnyValue? = try await client.call(.empty, .get, "items")
            }
            let expected = status >= 400 ? "HTTP_\(status)" : HTTPFailure.badResponse
            #expect(error?.code == expected, "seed 11: \(status) \(bytes)")
        }
    }

    /// What stands before a service answers like this: none of it is a result.
    @Test(
        arguments: [
            (200, Array("<html><body>Welcome</body></html>".utf8)), (200, [0x22, 0xFF, 0x22]),
            (200, [0xFE, 0xFF, 0, 0x31]), (200, Array(#"{"a":1"#.utf8)), (200, Array(#"{"a":1} and more"#.utf8)),
            (201, Array("OK".utf8)),
            (300, Array("{}".utf8)), (302, Array("<a href=\"http://elsewhere/\">Found</a>".utf8)), (302, []), (304, []),
        ] as [(Int, [UInt8])])
    func whatIsNoAnswerIsABadResponse(status: Int, bytes: [UInt8]) async throws {
        let connector = ScriptedConnector { _, _ in
            HTTPClientResponse(status: status, headers: [("Location", "http://elsewhere/")], body: HTTPBody(bytes))
        }
        let client = try await open(connector)
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.call(context, .get, "items")
        }
        #expect(error?.code == HTTPFailure.badResponse)
        #expect(error?.category == .noResponse)
        #expect(error?.traceId == "t 1")
        #expect(error?.details["status"] == .integer(Int64(status)))
        // Neither followed nor tried again.
        #expect(connector.requests.count == 1)
    }

    // MARK: - Retries and addresses

    private static func unreachable(_ code: String = HTTPFailure.cannotConnect) -> ApplicationError {
        .connection(code: code, "no")
    }

    @Test(arguments: [
        (HTTPMethod.get, HTTPFailure.connectionLost, 4), (.put, HTTPFailure.connectionLost, 4),
        (.delete, HTTPFailure.timeout, 4), (.post, HTTPFailure.connectionLost, 1), (.patch, HTTPFailure.timeout, 1),
        (.post, HTTPFailure.cannotConnect, 4), (.get, HTTPFailure.badResponse, 1),
    ])
    func onlyWhatMayBeRepeatedIs(method: HTTPMethod, failure: String, requests: Int) async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in throw Self.unreachable(failure) }
        let client = try await open(connector, clock: clock)
        let error = await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing {
                let _: AnyValue? = try await client.call(.empty, method, "x")
            }
        }
        #expect(error?.code == failure)
        #expect(connector.requests.count == requests)
    }

    @Test func anIdempotencyKeyAllowsRetries() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            if count < 2 { throw Self.unreachable(HTTPFailure.connectionLost) }
            return HTTPClientResponse(200, "1")
        }
        let client = try await open(connector, ["options.idempotency_keys": "true"], clock: clock)
        let result: AnyValue? = try await ContractTime.virtual(clock).flowing {
            try await client.call(.empty, .post, "x", data: "y")
        }
        #expect(result == 1)
        let keys = connector.requests.compactMap { $0[header: HTTPFieldNames.idempotencyKey] }
        #expect(keys.count == 3)
        #expect(Set(keys).count == 1)
        let _: AnyValue? = try await client.call(.empty, .post, "x", headers: [("idempotency-key", "mine")])
        #expect(connector.requests.last?[header: HTTPFieldNames.idempotencyKey] == "mine")
    }

    @Test func statusesThatPassAreTriedAgainWithinTheBudget() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            count == 0 ? HTTPClientResponse(status: 503, headers: [("Retry-After", "2")]) : HTTPClientResponse(200, "1")
        }
        let client = try await open(connector, clock: clock)
        let result: AnyValue? = try await ContractTime.virtual(clock).flowing {
            try await client.call(.empty, .get, "x")
        }
        #expect(result == 1)
        #expect(clock.uptime >= .seconds(2))

        let late = ScriptedConnector { _, _ in HTTPClientResponse(status: 503, headers: [("Retry-After", "3600")]) }
        let other = try await open(late, clock: clock)
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await other.call(.empty, .get, "x")
        }
        #expect(error?.code == "HTTP_503")
        #expect(late.requests.count == 1)
    }

    @Test("A Retry-After of more than a minute is final, even without a time limit")
    func longRetryAfterIsNotAwaited() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            count == 0
                ? HTTPClientResponse(status: 503, headers: [("Retry-After", "61")]) : HTTPClientResponse(200, "1")
        }
        let client = try await open(connector, ["options.timeout": "0"], clock: clock)
        let error = await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing {
                let _: AnyValue? = try await client.call(.empty, .get, "x")
            }
        }
        #expect(error?.code == "HTTP_503")
        #expect(connector.requests.count == 1)
    }

    @Test("Retry-After is respected in all forms, and for 429", arguments: [503, 429])
    func retryAfter(status: Int) async throws {
        for value in [
            "Mon, 01 Jan 2024 00:00:05 GMT", "Monday, 01-Jan-24 00:00:05 GMT", "Mon Jan  1 00:00:05 2024", "4.5",
        ] {
            // It shows 2024-01-01 00:00.
            let clock = VirtualClock()
            let connector = ScriptedConnector { count, _ in
                count == 0
                    ? HTTPClientResponse(status: status, headers: [("Retry-After", value)])
                    : HTTPClientResponse(200, "1")
            }
            let client = try await open(connector, clock: clock)
            let result: AnyValue? = try await ContractTime.virtual(clock).flowing {
                try await client.call(.empty, .get, "x")
            }
            #expect(result == 1)
            #expect(clock.uptime >= .milliseconds(4500), "\(value)")
        }
    }

    @Test(
        arguments: [
            (.get, 502, 4), (.get, 503, 4), (.get, 504, 4), (.put, 503, 4), (.delete, 504, 4), (.get, 429, 1),
            (.get, 500, 1), (.get, 501, 1), (.get, 505, 1), (.post, 502, 1), (.post, 503, 1), (.post, 504, 1),
            (.patch, 503, 1),
        ] as [(HTTPMethod, Int, Int)])
    func onlyStatusesThatMayPassAreTriedAgain(method: HTTPMethod, status: Int, requests: Int) async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: status) }
        let client = try await open(connector, clock: clock)
        let error = await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing {
                let _: AnyValue? = try await client.call(.empty, method, "x")
            }
        }
        #expect(error?.code == "HTTP_\(status)")
        #expect(connector.requests.count == requests)
    }

    /// The call's own time is ten seconds.
    @Test(arguments: [("1500", 1500), ("0", 10_000), ("60000", 10_000)])
    func aTryTakesNoLongerThanItMay(setting: String, milliseconds: Int) async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            if count < 2 { throw Self.unreachable(HTTPFailure.timeout) }
            return HTTPClientResponse(200, "1")
        }
        let client = try await open(connector, ["options.attempt_timeout": setting], clock: clock)
        let result: AnyValue? = try await ContractTime.virtual(clock).flowing {
            try await client.call(.empty, .get, "x")
        }
        #expect(result == 1)
        let requests = connector.requests
        try #require(requests.count == 3)
        #expect(requests[0].timeout == .milliseconds(milliseconds))
        #expect(requests[0][header: HTTPFieldNames.timeout] == "\(milliseconds)")
        // Pauses are taken from the time of the call, not from that of a try.
        let isTheSame = requests.allSatisfy { $0.timeout == .milliseconds(milliseconds) }
        #expect(isTheSame == (milliseconds < 10_000))
    }

    @Test func theDeadlineBoundsAllTries() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in
            try await clock.sleep(for: .milliseconds(400))
            throw Self.unreachable(HTTPFailure.timeout)
        }
        let client = try await open(connector, ["options.retries": "100"], clock: clock)
        var context = Context.empty
        context.deadline = .seconds(1)
        let limited = context
        await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing {
                let _: AnyValue? = try await client.call(limited, .get, "x")
            }
        }
        #expect((2...3).contains(connector.requests.count))
        let left = connector.requests.compactMap { $0[header: HTTPFieldNames.timeout].flatMap { Int($0) } }
        #expect(left.first == 1000)
        #expect(left == left.sorted(by: >))
        #expect(connector.requests.allSatisfy { ($0.timeout ?? .seconds(100)) <= .seconds(1) })

        // The last pause was not begun, so a part of the second may be left.
        clock.advance(by: .seconds(1))
        let over = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await client.call(limited, .get, "x")
        }
        #expect(over?.code == HTTPFailure.timeout)
    }

    @Test func callsAreSpreadAndGoOnToTheNextAddress() async throws {
        let clock = VirtualClock()
        let down = Locked(Set<String>())
        let connector = ScriptedConnector { _, request in
            let host = String(request.url.dropFirst(7).prefix(1))
            if down.current.contains(host) { throw Self.unreachable() }
            return HTTPClientResponse(200, "\"\(host)\"")
        }
        let client = try await open(
            connector,
            [
                "connections.1.host": "a", "connections.1.port": "1", "connections.2.host": "b",
                "connections.2.port": "2", "connections.3.host": "c", "connections.3.port": "3",
            ], clock: clock)
        @Sendable func ask(_ count: Int) async throws -> [String] {
            var hosts: [String] = []
            for _ in 0..<count { hosts.append(try await client.call(.empty, .post, "x") ?? "") }
            return hosts
        }
        #expect(Dictionary(grouping: try await ask(9)) { $0 }.mapValues(\.count) == ["a": 3, "b": 3, "c": 3])
        down.withLock { $0 = ["b"] }
        let before = connector.requests.count
        #expect(Set(try await ask(9)) == ["a", "c"])
        #expect(connector.requests.count <= before + 10, "an address that is down is not asked each time")
        down.withLock { $0 = [] }
        clock.advance(by: .seconds(1))
        #expect(Set(try await ask(9)) == ["a", "b", "c"])
        down.withLock { $0 = ["a", "b", "c"] }
        let error = await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing { _ = try await ask(1) }
        }
        #expect(error?.code == HTTPFailure.cannotConnect)
    }

    /// An address that never answers must leave time for the next one.
    @Test func connectingTakesNoMoreThanItsShareOfTheTime() async throws {
        let connector = ScriptedConnector { _, _ in throw Self.unreachable(HTTPFailure.connectTimeout) }
        let client = try await open(
            connector,
            ["connections.1.host": "a", "connections.2.host": "b", "connections.3.host": "c", "options.retries": "0"])
        var context = Context.empty
        context.deadline = .seconds(6)
        let limited = context
        await #expect(throws: ApplicationError.self) { let _: AnyValue? = try await client.call(limited, .post, "x") }
        #expect(connector.requests.map(\.connectTimeout) == [.seconds(2), .seconds(3), .seconds(10)])
    }

    @Test func whatIsWrongForGoodIsTriedOnce() async throws {
        for method in [HTTPMethod.get, .post] {
            let connector = ScriptedConnector { _, _ in throw Self.unreachable(HTTPFailure.tlsFailed) }
            let client = try await open(connector)
            await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.call(.empty, method, "x")
            }
            #expect(connector.requests.count == 1)
        }
    }

    @Test func waitingForRoomEndsWithTheCallsTime() async throws {
        let clock = VirtualClock()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let connector = ScriptedConnector { _, _ in
            for await _ in gate {}
            return HTTPClientResponse(status: 204)
        }
        let client = try await self.open(
            connector, ["options.max_calls": "1", "options.timeout": "3000"], clock: clock)
        let first = Task { let _: AnyValue? = try await client.call(.empty, .get, "x") }
        let system = SystemClock()
        let end = system.uptime + .seconds(60)
        while connector.requests.isEmpty, system.uptime < end { await Task.yield() }
        let error = await #expect(throws: ApplicationError.self) {
            try await ContractTime.virtual(clock).flowing {
                let _: AnyValue? = try await client.call(.empty, .get, "y")
            }
        }
        #expect(error?.code == HTTPFailure.timeout)
        #expect(clock.uptime >= .seconds(3))
        open.finish()
        try await first.value
        #expect(connector.requests.count == 1)
    }

    @Test func aBreakerRefusesCallsToWhatIsDown() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in
            // The peer had a fair time.
            clock.advance(by: .seconds(1))
            throw Self.unreachable(HTTPFailure.timeout)
        }
        let client = try await open(connector, ["options.circuit_failures": "2", "options.retries": "0"], clock: clock)
        var codes: [String] = []
        for _ in 0..<4 {
            let error = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.call(.empty, .get, "x")
            }
            codes.append(error?.code ?? "")
        }
        #expect(codes == ["TIMEOUT", "TIMEOUT", "CIRCUIT_OPEN", "CIRCUIT_OPEN"])
        clock.advance(by: .seconds(5))
        await #expect(throws: ApplicationError.self) { let _: AnyValue? = try await client.call(.empty, .get, "x") }
        #expect(connector.requests.count == 3)
    }

    @Test("A caller without remaining time cannot open the breaker for others") func hurriedCallersDoNotCount()
        async throws
    {
        let clock = VirtualClock()
        let connector = ScriptedConnector { count, _ in
            if count < 20 { throw Self.unreachable(HTTPFailure.timeout) }
            return HTTPClientResponse(200, "1")
        }
        let client = try await open(connector, ["options.circuit_failures": "1", "options.retries": "0"], clock: clock)
        let over = Context(deadline: clock.uptime)
        for context in [over] + Array(repeating: Context(deadline: clock.uptime + .milliseconds(10)), count: 20) {
            let error = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.call(context, .get, "x")
            }
            #expect(error?.code == HTTPFailure.timeout)
        }
        let result: AnyValue? = try await client.call(.empty, .get, "x")
        #expect(result == 1)
    }

    @Test("Each address uses the TLS settings, path and user of its own connection") func settingsOfAddresses()
        async throws
    {
        let file = FileManager.default.temporaryDirectory.appending(path: "pip-ca-\(UUID().uuidString).pem").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let text = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let client = try await open(
            connector,
            [
                "connections.1.uri": "http://plain:81/gateway/", "connections.2.uri": "https://ann:se%3Acret@secure:82",
                "credential.ssl_ca_file": file, "credential.internal_network": "true",
            ])
        for _ in 0..<2 { let _: AnyValue? = try await client.call(.empty, .get, "x") }
        let requests = Dictionary(uniqueKeysWithValues: connector.requests.map { ($0.url, $0) })
        let plain = try #require(requests["http://plain:81/gateway/v1/x"])
        let secure = try #require(requests["https://secure:82/v1/x"])
        #expect(plain.transport.caFile == nil)
        #expect(plain[header: "Authorization"] == nil)
        #expect(secure.transport.caFile == file)
        #expect(secure[header: "Authorization"] == "Basic YW5uOnNlOmNyZXQ=")
    }

    @Test("An unsupported URI is refused", arguments: ["http://h:1/?a=b", "http://a%3Ab:c@h:1"])
    func unusableURI(uri: String) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
        let error = await #expect(throws: ApplicationError.self) {
            _ = try await open(connector, ["connection.uri": uri])
        }
        #expect(error?.code == "BAD_URI")
    }

    @Test("A limit of 0 is no limit") func zeroIsNoLimit() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, "12345") }
        let client = try await open(
            connector,
            ["options.response_max_size": "0", "options.request_max_size": "0", "options.connect_timeout": "0"])
        let result: AnyValue? = try await client.call(.empty, .post, "x", data: "text")
        #expect(result == 12_345)
        #expect(connector.requests.first?.connectTimeout == .never)
    }

    @Test("The loss and the recovery of an address are each logged and counted once") func lossIsLoggedOnce()
        async throws
    {
        let (clock, logger, counters, isDown) = (VirtualClock(), RecordingLogger(), LogCounters(), Locked(true))
        let connector = ScriptedConnector { _, _ in
            if isDown.current { throw Self.unreachable() }
            return HTTPClientResponse(status: 204)
        }
        try await assemble(counters)
        let client = try await assemble(
            RestClient(),
            config: [
                "connection.host": "h", "connection.port": "1", "options.circuit_failures": "2", "options.retries": "0",
            ],
            references: [
                "test:http-connector:scripted:default:1.0": connector, "test:clock:virtual:default:1.0": clock,
                "test:logger:recording:default:1.0": logger, "test:counters:log:default:1.0": counters,
            ])
        try await client.open(.empty)
        func call() async throws { let _: AnyValue? = try await client.call(.empty, .get, "x") }
        for _ in 0..<5 { await #expect(throws: ApplicationError.self) { try await call() } }
        #expect(connector.requests.count == 2)
        #expect(counters["rest.h_1.breaker_state"]?.last == 2)
        clock.advance(by: .seconds(5))
        isDown.withLock { $0 = false }
        for _ in 0..<3 { try await call() }
        let messages = logger.messages.filter { $0.fields["peer"] == "http://h:1" }
        #expect(messages.map(\.level) == [.warn, .info])
        #expect(counters["rest.h_1.breaker_state"]?.last == 0)
        #expect(counters["rest.default.in_flight"]?.last == 0)
        #expect(counters["rest.default.queue_depth"]?.last == 0)
        #expect(counters["rest.default.call_time"]?.count == 8)
    }

    @Test("A client without a connection fails to open") func noConnection() async throws {
        let client = try await assemble(
            RestClient(),
            references: [
                "test:http-connector:scripted:default:1.0": ScriptedConnector { _, _ in throw Self.unreachable() }
            ])
        let error = await #expect(throws: ApplicationError.self) { try await client.open(.empty) }
        #expect(error?.code == "NO_CONNECTION")
        #expect(error?.message.contains("'connection.host'") == true)
    }

    @Test("An invalid host, and a URI without a protocol, are refused")
    func unusableHosts() async throws {
        let cases: [(ConfigParams, String)] = [
            (["connection.host": "http://127.0.0.1"], "BAD_HOST"), (["connection.host": "h:80"], "BAD_HOST"),
            (["connection.host": "a b"], "BAD_HOST"), (["connection.host": "h/x"], "BAD_HOST"),
            (["connection.uri": "http//x:99999"], "BAD_URI"),
        ]
        for (config, code) in cases {
            let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
            let error = await #expect(throws: ApplicationError.self) { _ = try await open(connector, config) }
            #expect(error?.code == code, "\(config)")
        }
        for host in ["::1", "[::1]", "fe80::1%eth0", "h_1.example", "127.0.0.1"] {
            let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 204) }
            _ = try await open(connector, ["connection.host": host, "connection.port": "80"])
        }
    }

    @Test("A call refused by the breaker is not retried") func refusedCallsFailAtOnce() async throws {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 502) }
        let client = try await open(connector, ["options.circuit_failures": "1", "options.retries": "3"], clock: clock)
        for _ in 0..<2 {
            await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.call(.empty, .post, "x")
            }
        }
        #expect(connector.requests.count == 1)
        #expect(clock.uptime == .zero)
    }

    @Test("A service that reports a failed dependency is not considered down")
    func describedFailuresAreAnswers() async throws {
        for (fields, isDown) in [
            ([("Content-Type", "application/json; charset=utf-8")], false),
            ([("Content-Type", "application/json"), ("Retry-After", "1")], true),
            ([("Content-Type", "text/html")], true),
        ] {
            let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: 503, headers: HeaderFields(fields)) }
            let client = try await open(connector, ["options.circuit_failures": "1", "options.retries": "0"])
            for _ in 0..<2 {
                await #expect(throws: ApplicationError.self) {
                    let _: AnyValue? = try await client.call(.empty, .post, "x")
                }
            }
            #expect(connector.requests.count == (isDown ? 1 : 2), "\(fields)")
        }
    }

    /// Answers with an error are answers, but for those of what stands before a service that is down.
    @Test(arguments: [
        (502, true), (503, true), (504, true), (404, false), (429, false), (500, false), (501, false), (505, false),
    ])
    func aBreakerCountsTheStatusesOfWhatIsDown(status: Int, isDown: Bool) async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status: status) }
        let client = try await open(connector, ["options.circuit_failures": "2", "options.retries": "0"])
        var codes: [String] = []
        for _ in 0..<4 {
            let error = await #expect(throws: ApplicationError.self) {
                let _: AnyValue? = try await client.call(.empty, .post, "x")
            }
            codes.append(error?.code ?? "")
        }
        let told = "HTTP_\(status)"
        let last = isDown ? HTTPFailure.circuitOpen : told
        #expect(codes == [told, told, last, last])
        let requests = isDown ? 2 : 4
        #expect(connector.requests.count == requests)
    }
}
