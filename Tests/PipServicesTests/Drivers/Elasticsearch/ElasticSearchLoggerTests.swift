#if PIP_ELASTICSEARCH
import FoundationEssentials
import PipServicesTesting
import Testing

@testable import PipServices

/// The logger without a server: what it sends, and what it makes of the answers.
@Suite struct ElasticSearchLoggerTests {
    typealias Fixture = ElasticSearchFixture

    /// Answers everything as it should be.
    private static func accepting() -> ScriptedConnector {
        ScriptedConnector { _, request in
            request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
        }
    }

    private static func bulks(_ connector: ScriptedConnector) -> [HTTPClientRequest] {
        connector.requests.filter { $0.url.hasSuffix("/_bulk") }
    }

    @Test(arguments: LoggerContract().cases)
    func contract(contractCase: ContractCase<LoggerContract.Subject>) async throws {
        try await contractCase.run {
            let connector = Self.accepting()
            let logger = try await Fixture.logger(["level": "info", "options.max_cache_size": "1000"], connector)
            return Observed(logger) {
                await logger.dump()
                return try Self.bulks(connector).flatMap { try Fixture.records($0) }
                    .map { JSONConverter.toJSON($0.document) }
            }
        }
    }

    @Test("A message is a document with its fields, error and source") func documents() async throws {
        let clock = VirtualClock()
        let connector = Self.accepting()
        let logger = try await Fixture.logger(clock: clock, connector)
        logger.info(.fromTraceId("t"), "Hello", ["n": 1, "inner": ["a": true]])
        logger.error(.empty, error: ApplicationError.notFound(code: "GONE", "It is gone"), "Line 1\nLine 2")
        await logger.dump()
        let bulk = try #require(Self.bulks(connector).first)
        #expect(bulk.method == .post && bulk.url == "http://127.0.0.1:9200/_bulk")
        #expect(bulk[header: "content-type"] == "application/x-ndjson")
        #expect(bulk.body.bytes?.last == 0x0A)
        let records = try Fixture.records(bulk)
        #expect(records.map { $0.action["_index"]?.string } == ["log", "log"])
        #expect(Set(records.compactMap { $0.action["_id"]?.string }).count == 2)
        #expect(records[0].action["_type"] == nil)
        let first: AnyValue = [
            "time": "2024-01-01T00:00:00.000Z", "level": "INFO", "source": "app", "trace_id": "t", "message": "Hello",
            "error": .null, "fields": ["n": 1, "inner": ["a": true]],
        ]
        #expect(records[0].document == first)
        #expect(records[1].document["message"]?.string == "Line 1\nLine 2")
        #expect(records[1].document["error"]?["code"]?.string == "GONE")
        #expect(records[1].document["error"]?["status"] == 404)
    }

    @Test("The template is created once, before the first records") func template() async throws {
        let connector = Self.accepting()
        let logger = try await Fixture.logger(
            ["index": "app", "daily": "true", "options.index_message": "true"], connector)
        for _ in 0..<2 {
            logger.info(.empty, "x")
            await logger.dump()
        }
        #expect(connector.requests.map(\.method) == [.put, .post, .post])
        #expect(connector.requests[0].url == "http://127.0.0.1:9200/_index_template/pip-services-app.daily")
        let body = try JSONParser.parse(connector.requests[0].body.bytes ?? [])
        #expect(body["index_patterns"] == ["app-*"])
        #expect(body["priority"] == 206)
        let properties = body["template"]?["mappings"]?["properties"]
        #expect(properties?["time"]?["type"]?.string == "date")
        #expect(properties?["message"]?["index"] == true)
        #expect(properties?["error"]?["properties"]?["status"]?["index"] == false)
    }

    @Test("A server without composable templates gets a legacy template", arguments: [400, 405])
    func olderTemplate(status: Int) async throws {
        let connector = ScriptedConnector { _, request in
            if request.url.contains("_index_template") { return HTTPClientResponse(status, "{}") }
            return request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
        }
        let logger = try await Fixture.logger(connector)
        logger.info(.empty, "x")
        await logger.dump()
        #expect(connector.requests.map(\.url.description).contains("http://127.0.0.1:9200/_template/pip-services-log"))
        #expect(logger.count == 0)
    }

    @Test(
        "Documents are sent if no template may be created, but not while the server is down",
        arguments: [
            (403, 0), (503, 1), (401, 1),
        ]) func refusedTemplate(status: Int, left: Int) async throws
    {
        let connector = ScriptedConnector { _, request in
            request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(status, "{}")
        }
        let logger = try await Fixture.logger(["options.max_retries": "0"], connector)
        logger.info(.empty, "x")
        await logger.dump()
        #expect(logger.count == left)
    }

    @Test("Indexes with a type, as in Elasticsearch 6, are supported") func typed() async throws {
        let connector = Self.accepting()
        let logger = try await Fixture.logger(["options.include_type_name": "true"], connector)
        logger.info(.empty, "x")
        await logger.dump()
        #expect(connector.requests[0].url.hasSuffix("/_template/pip-services-log?include_type_name=true"))
        let body = try JSONParser.parse(connector.requests[0].body.bytes ?? [])
        #expect(body["mappings"]?["log_message"]?["properties"] != nil)
        #expect(try Fixture.records(Self.bulks(connector)[0])[0].action["_type"]?.string == "log_message")
    }

    @Test(
        "A daily index is that of the UTC day on which a message was logged",
        arguments: [
            ("YYYYMMDD", "log-20231231", "log-20240101"), ("yyyy.MM.dd", "log-2023.12.31", "log-2024.01.01"),
            ("YY-MM_DD.HH", "log-23-12_31.23", "log-24-01_01.00"),
        ]) func daily(format: String, first: String, second: String) async throws
    {
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_704_067_199))
        let connector = Self.accepting()
        let logger = try await Fixture.logger(["daily": "true", "date_format": format], clock: clock, connector)
        logger.info(.empty, "last year")
        clock.advance(by: .seconds(1))
        logger.info(.empty, "this year")
        await logger.dump()
        let records = try Fixture.records(Self.bulks(connector)[0])
        #expect(records.compactMap { $0.action["_index"]?.string } == [first, second])
    }

    @Test("Of a bulk request, rejected records are dropped and only busy ones are sent again")
    func partial() async throws {
        let connector = ScriptedConnector { count, request in
            guard request.url.hasSuffix("/_bulk") else { return HTTPClientResponse(200, "{}") }
            return try Fixture.response(request, count == 1 ? [201, 400, 429, 503, 201] : [])
        }
        let logger = try await Fixture.logger(connector)
        for index in 0..<5 { logger.info(.empty, "\(index)") }
        await logger.dump()
        let bulks = try Self.bulks(connector).map { try Fixture.records($0) }
        #expect(
            bulks.map { $0.compactMap { $0.document["message"]?.string } } == [["0", "1", "2", "3", "4"], ["2", "3"]])
        #expect(bulks[1].map { $0.action["_id"] } == bulks[0][2...3].map { $0.action["_id"] }, "the same ids")
        #expect(logger.count == 0)
    }

    @Test("Records that stay refused are kept, without the accepted ones") func busy() async throws {
        let isBusy = Locked(true)
        let connector = ScriptedConnector { _, request in
            guard request.url.hasSuffix("/_bulk") else { return HTTPClientResponse(200, "{}") }
            return try Fixture.response(request, isBusy.current ? [201, 429] : [])
        }
        let logger = try await Fixture.logger(["options.max_retries": "0"], connector)
        for index in 0..<3 { logger.info(.empty, "\(index)") }
        await logger.dump()
        #expect(logger.count == 1)
        isBusy.withLock { $0 = false }
        await logger.dump()
        #expect(logger.count == 0)
        let last = try Fixture.records(try #require(Self.bulks(connector).last))
        #expect(last.map { $0.document["message"]?.string } == ["1"])
    }

    @Test("A server's reasons are reported without message texts, and only a record's own fault drops it")
    func reasons() throws {
        let reason = #""reason":"failed to parse field [fields.n] of type [long]. Preview: 'secret'""#
        let items = [
            #"{"index":{"status":400,"error":{"type":"mapper_parsing_exception",\#(reason)}}}"#,
            #"{"create":{"status":201}}"#, #"{"index":{}}"#,
            #"{"index":{"status":403,"error":{"type":"cluster_block_exception","reason":"index [log] blocked"}}}"#,
            #"{"index":{"status":404,"error":{"type":"index_not_found_exception"}}}"#, #"{"index":{"status":409}}"#,
            #"{"index":{"status":400,"error":{"type":"validation_exception","reason":"maximum shards open"}}}"#,
            #"{"index":{"status":400,"error":{"type":"index_closed_exception"}}}"#,
        ]
        let body = #"{"errors":true,"items":[\#(items.joined(separator: ","))]}"#
        let expected: [BulkResponse.Outcome] = [
            .rejected("mapper_parsing_exception of [fields.n]"), .saved, .busy("status 0"),
            .busy("cluster_block_exception"), .busy("index_not_found_exception"), .rejected("status 409"),
            .busy("validation_exception"), .busy("index_closed_exception"),
        ]
        #expect(try BulkResponse(Array(body.utf8), count: items.count).outcomes == expected)
    }

    @Test(
        "An invalid bulk response saves nothing",
        arguments: [
            "", "{}", "<html>", #"{"items":[]}"#, #"{"items":[{"index":{"status":201}},{"index":{"status":201}}]}"#,
            #"{"items":"x"}"#,
        ]) func strangeResponse(text: String) async throws
    {
        let connector = ScriptedConnector { _, request in
            HTTPClientResponse(200, request.url.hasSuffix("/_bulk") ? text : "{}")
        }
        let logger = try await Fixture.logger(connector)
        logger.info(.empty, "x")
        await logger.dump()
        #expect(logger.count == 1)
    }

    @Test("A bulk request that is too large is split, and a single record that is too large is dropped") func tooLarge()
        async throws
    {
        let connector = ScriptedConnector { _, request in
            guard request.url.hasSuffix("/_bulk") else { return HTTPClientResponse(200, "{}") }
            let records = try Fixture.records(request)
            let isTooLarge = records.count > 2 || records.contains { $0.document["message"]?.string == "bad" }
            return isTooLarge ? HTTPClientResponse(413, "") : try Fixture.response(request)
        }
        let logger = try await Fixture.logger(connector)
        for text in ["0", "1", "2", "bad", "4", "5", "6"] { logger.info(.empty, text) }
        await logger.dump()
        #expect(logger.count == 0)
        let saved = try Self.bulks(connector).map {
            try Fixture.records($0).compactMap { $0.document["message"]?.string }
        }
        .filter { $0.count <= 2 && !$0.contains("bad") }
        #expect(saved.flatMap(\.self) == ["0", "1", "2", "4", "5", "6"])
    }

    @Test("Bulk requests have at most max_bulk_size bytes") func bulkSize() async throws {
        let connector = Self.accepting()
        let logger = try await Fixture.logger(["options.max_bulk_size": "1000"], connector)
        for index in 0..<10 { logger.info(.empty, "\(index) " + String(repeating: "x", count: 150)) }
        logger.info(.empty, String(repeating: "y", count: 5000))
        await logger.dump()
        let sizes = Self.bulks(connector).map { $0.body.bytes?.count ?? 0 }
        #expect(sizes.dropLast().allSatisfy { $0 <= 1000 } && sizes.count == 5, "\(sizes)")
        #expect(try Self.bulks(connector).map { try Fixture.records($0).count }.reduce(0, +) == 11)
    }

    @Test("Buffered messages survive an outage; dropped ones are counted and reported once") func outage()
        async throws
    {
        let isDown = Locked(true)
        let connector = ScriptedConnector { _, request in
            if isDown.current { throw ApplicationError.connection(code: HTTPFailure.cannotConnect, "down") }
            return request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
        }
        let logger = try await Fixture.logger(
            ["options.max_retries": "0", "options.max_cache_size": "5", "options.circuit_failures": "0"], connector)
        logger.info(.empty, "first")
        await logger.dump()
        for index in 0..<7 { logger.info(.empty, "\(index)") }
        #expect(logger.count == 5)
        isDown.withLock { $0 = false }
        await logger.dump()
        await logger.dump()
        let records = try Self.bulks(connector).suffix(1).flatMap { try Fixture.records($0) }
        #expect(
            records.compactMap { $0.document["message"]?.string }
                == ["3 log messages were dropped while they could not be saved", "2", "3", "4", "5", "6"])
        #expect(records.first?.document["fields"]?["dropped"] == 3)
        #expect(logger.count == 0)
    }

    @Test("Dropped messages are reported once, even if a bulk request is partly accepted") func droppedOnce()
        async throws
    {
        let state = Locked("down")
        let connector = ScriptedConnector { _, request in
            switch state.current {
            case "down": throw ApplicationError.connection(code: HTTPFailure.cannotConnect, "down")
            case "busy" where request.url.hasSuffix("/_bulk"): return try Fixture.response(request, [201, 429])
            default:
                return request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
            }
        }
        let logger = try await Fixture.logger(
            ["options.max_retries": "0", "options.max_cache_size": "3", "options.circuit_failures": "0"], connector)
        logger.info(.empty, "first")
        await logger.dump()
        for index in 0..<5 { logger.info(.empty, "\(index)") }
        state.withLock { $0 = "busy" }
        await logger.dump()
        #expect(logger.count == 1)
        state.withLock { $0 = "up" }
        await logger.dump()
        let last = try Self.bulks(connector).suffix(2).map { try Fixture.records($0) }
        #expect(
            last.map { $0.compactMap { $0.document["message"]?.string } }
                == [["3 log messages were dropped while they could not be saved", "2", "3", "4"], ["2"]])
    }

    @Test(
        "A user with password, or an API key, is sent",
        arguments: [
            (["credential.username": "u", "credential.password": "p:w"], "Basic dTpwOnc="),
            (["credential.access_id": "id", "credential.access_key": "key"], "ApiKey aWQ6a2V5"),
            (["credential.access_key": "encoded=="], "ApiKey encoded=="),
            (["connection.uri": "http://u:p@127.0.0.1:9201/prefix"], "Basic dTpw"), ([:], nil),
        ] as [(ConfigParams, String?)]) func authorization(config: ConfigParams, header: String?) async throws
    {
        let connector = Self.accepting()
        let logger = try await Fixture.logger(config, connector)
        logger.info(.empty, "x")
        await logger.dump()
        #expect(connector.requests.count == 2)
        for request in connector.requests { #expect(request[header: "authorization"] == header) }
        if config["connection.uri"] != nil {
            #expect(Self.bulks(connector)[0].url == "http://127.0.0.1:9201/prefix/_bulk")
        }
    }

    @Test("Several hosts share the requests, and an unreachable one is skipped") func severalHosts() async throws {
        let connector = ScriptedConnector { _, request in
            if request.url.begins(with: "http://gone:") {
                throw ApplicationError.connection(code: HTTPFailure.cannotConnect, "gone")
            }
            return request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
        }
        let logger = try await Fixture.logger(
            [
                "connection.host": "", "connections.0.host": "gone", "connections.1.host": "one",
                "connections.2.host": "two",
            ], connector)
        for _ in 0..<4 {
            logger.info(.empty, "x")
            await logger.dump()
            #expect(logger.count == 0)
        }
        let hosts = Set(connector.requests.map { String($0.url.dropFirst(7).prefix(3)) })
        #expect(hosts.isSuperset(of: ["one", "two"]))
    }

    @Test("Messages logged while sending are not sent, which would never end") func ownMessages() async throws {
        let logger = Locked<ElasticSearchLogger?>(nil)
        let connector = ScriptedConnector { _, request in
            logger.current?.info(.empty, "sending")
            return request.url.hasSuffix("/_bulk") ? try Fixture.response(request) : HTTPClientResponse(200, "{}")
        }
        let own = try await Fixture.logger(connector)
        logger.withLock { $0 = own }
        own.info(.empty, "x")
        await own.dump()
        logger.withLock { $0 = nil }
        #expect(own.count == 0)
        #expect(try Self.bulks(connector).map { try Fixture.records($0).count } == [1])
    }

    @Test(
        "An invalid setting is an error with key and value",
        arguments: [
            ("index", "Logs", "Logs"), ("index", "a b", "a b"), ("index", "_x", "_x"), ("index", "a,b", "a,b"),
            ("index", "..", ".."), ("index", "a*", "a*"), ("date_format", "QQ", "QQ"),
            ("date_format", "YYYY MM", "YYYY MM"),
            ("date_format", "YYYY/MM", "YYYY/MM"), ("options.max_bulk_size", "0", "0"),
        ]) func wrongSettings(key: String, value: String, shown: String) async throws
    {
        let error = await #expect(throws: ApplicationError.self) {
            try await Fixture.logger([key: value], Self.accepting())
        }
        #expect(
            error?.message.contains("'\(key)'") == true && error?.message.contains(shown) == true,
            "\(error?.message ?? "")")
    }

    @Test("Valid index names and date formats are accepted", arguments: ["log", "app-1.2_x", ".hidden", "лог"])
    func indexNames(name: String) {
        #expect(ElasticSearchIndexName(settingText: name)?.settingText == name)
    }

    @Test("Without a connection the logger does not open") func noConnection() async throws {
        let logger = try await assemble(ElasticSearchLogger())
        let error = await #expect(throws: ApplicationError.self) { try await logger.open(.empty) }
        #expect(error?.code == "NO_CONNECTION")
    }
}
#endif
