import FoundationEssentials
import PipServices
import PipServicesTesting
import Testing

/// What the other editions send where they differ from each other, as recorded from them: all of it is understood.
@Suite struct WireVariantTests {
    // MARK: - What clients of other editions send

    @Test(
        arguments: [
            // Node leaves out what is not set; a filter may be one parameter.
            ("key=a%20b&skip=5&take=10&total=true&trace_id=x", ["key": "a b"], 5, 10, true),
            ("filter=key%3Da%20b%3Bother%3D1&trace_id=x", ["key": "a b", "other": "1"], nil, nil, false),
            // Go always says whether it wants the total.
            ("key=a+b&total=false&skip=0&take=50&trace_id=", ["key": "a b"], 0, 50, false),
            // Python.
            ("key=a+b&skip=5&take=10&total=True&correlation_id=x", ["key": "a b"], 5, 10, true),
            // .NET.
            ("filter=key%3Da%20b%3B&skip=5&take=10&total=1", ["key": "a b"], 5, 10, true),
        ] as [(String, [String: String], Int64?, Int64?, Bool)])
    func queriesOfRoutes(text: String, filter: [String: String], skip: Int64?, take: Int64?, total: Bool) {
        let query = RestQuery(text)
        #expect(query.filter == FilterParams(StringValueMap(filter.map { ($0.key, Optional($0.value)) })))
        #expect(query.paging == PagingParams(skip: skip, take: take, total: total))
    }

    @Test(arguments: ["name=true,other=false", "name=true;other=false", "name = True, other", "name=1,other="])
    func sortingOfRoutes(text: String) {
        let query = RestQuery("sort=\(text)")
        #expect(query.sort == SortParams(SortField("name"), SortField("other", ascending: false)))
    }

    @Test(
        arguments: [
            (#"{"skip":5,"take":10,"total":true}"#, 5, 10, true), (#"{"Skip":5,"Take":10,"Total":true}"#, 5, 10, true),
            (#"{"skip":0,"take":50,"total":false}"#, 0, 50, false), (#"{"skip":null,"take":null}"#, nil, nil, false),
            ("{}", nil, nil, false), ("null", nil, nil, false),
        ] as [(String, Int64?, Int64?, Bool)])
    func pagingOfCommands(text: String, skip: Int64?, take: Int64?, total: Bool) async throws {
        struct Query: Codable, Sendable { var paging: PagingParams? }
        let commands = CommandSet { Command("page") { (_, query: Query) in query.paging ?? PagingParams() } }
        let arguments = Parameters(try JSONConverter.fromJSON(#"{"paging":\#(text)}"#))
        let result = try #require(try await commands.execute(.empty, "page", arguments))
        let paging: PagingParams = try AnyValue(encoding: result).decode()
        #expect(paging == PagingParams(skip: skip, take: take, total: total))
    }

    // MARK: - What services of other editions answer

    private func call<Value: Codable & Sendable>(_ status: Int, _ answer: String) async throws -> Value? {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(status, answer) }
        let client = try await assemble(
            RestClient(), config: ["connection.host": "h", "options.retries": "0"],
            references: ["test:http-connector:scripted:default:1.0": connector])
        try await client.open(.empty)
        return try await client.call(Context(traceId: "own"), .get, "items")
    }

    @Test(arguments: [
        // Node, version 4: no trace id, its own names, and details that are texts.
        (
            #"{"code":"C","status":404,"message":"m","name":"NotFoundException","stack":"at x","details":{"id":"1"},"type":"NotFound","category":"NotFound","cause":""}"#,
            "own"
        ),
        // Go: empty texts where there is nothing.
        (
            #"{"type":"","category":"NotFound","status":404,"code":"C","message":"m","details":{"id":"1"},"trace_id":"","cause":"","stack_trace":""}"#,
            "own"
        ),
        // .NET: nothing where there is nothing, and the name of its class.
        (
            #"{"type":"PipServices4.Commons.Errors.NotFoundException","category":"NotFound","status":404,"code":"C","message":"m","details":{"id":"1"},"trace_id":"theirs"}"#,
            "theirs"
        ),
        // Python: the trace id may be an object, the cause the text of None.
        (
            #"{"type":null,"category":"NotFound","status":404,"code":"C","message":"m","details":{"id":"1"},"trace_id":{"trace_id":"theirs"},"cause":"None","stack_trace":null}"#,
            "theirs"
        ),
        // Version 3.
        (
            #"{"category":"NotFound","status":404,"code":"C","message":"m","details":{"id":"1"},"correlation_id":"theirs"}"#,
            "theirs"
        ),
    ])
    func errors(text: String, traceId: String) async throws {
        let error = await #expect(throws: ApplicationError.self) {
            let _: AnyValue? = try await call(404, text)
        }
        #expect(error?.category == .notFound)
        #expect(error?.status == 404)
        #expect(error?.code == "C")
        #expect(error?.message == "m")
        #expect(error?.details == ["id": "1"])
        #expect(error?.traceId == traceId)
        #expect(error?.cause == nil)
    }

    @Test(
        arguments: [
            (#"{"data":[1,2],"total":7}"#, 7), (#"{"data":[1,2],"total":null}"#, nil), (#"{"data":[1,2]}"#, nil),
            // Go, when it did not count.
            (#"{"data":[1,2],"total":-1}"#, nil),
        ] as [(String, Int64?)])
    func pages(text: String, total: Int64?) async throws {
        let page: DataPage<Int>? = try await call(200, text)
        #expect(page == DataPage([1, 2], total: total))
    }

    @Test(arguments: [
        "2020-01-02T03:04:05.678Z", "2020-01-02T03:04:05.678000+00:00", "2020-01-02T03:04:05.6780000Z",
        "2020-01-02T05:04:05.678+02:00", "2020-01-02T03:04:05.678000Z",
    ])
    func dates(text: String) async throws {
        let date: Date? = try await call(200, "\"\(text)\"")
        let difference = date?.timeIntervalSince(Date(timeIntervalSince1970: 1_577_934_245.678)) ?? .infinity
        #expect(abs(difference) < 0.001)
    }
}
