#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Logs and metrics.
@Suite struct AppInsightsTests {
    typealias Fixture = AzureFixture

    private static let config: ConfigParams = [
        "connection.uri": "http://in.test", "credential.instrumentation_key": .some(Fixture.instrumentationKey),
        "source": "app", "options.retry_delay": "1", "options.retries": "0",
        "options.circuit_failures": "0",
    ]

    private func logger(
        _ config: ConfigParams = [:], clock: VirtualClock? = nil, _ connector: any HTTPConnector & Component
    ) async throws -> AppInsightsLogger {
        let info = ContextInfo(name: "app")
        let logger = try await Fixture.assembled(
            AppInsightsLogger(), Self.config.override(["level": "trace"]).override(config), connector, clock: clock,
            [("pip-services:context-info:default:default:1.0", info)])
        try await logger.open(.empty)
        return logger
    }

    private static func items(_ request: HTTPClientRequest) -> [AnyValue] {
        Fixture.body(request).split(separator: "\n").map { (try? JSONParser.parse(String($0))) ?? .null }
    }

    private static func accepted(_ request: HTTPClientRequest) -> HTTPClientResponse {
        let count = AnyValue.integer(Int64(items(request).count))
        return Fixture.json(200, ["itemsReceived": count, "itemsAccepted": count, "errors": []])
    }

    @Test("A message becomes a trace of its operation, with its fields as properties") func trace() async throws {
        let connector = ScriptedConnector { _, request in Self.accepted(request) }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let logger = try await logger([:], clock: clock, connector)
        var context = Context(traceId: "t1")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        logger.warn(context, "Hello", ["n": 5, "s": "x"])
        await logger.dump()
        let sent = try #require(connector.requests.first)
        #expect(sent.url == "http://in.test/v2.1/track" && sent[header: "Content-Type"] == "application/x-json-stream")
        let item = try #require(Self.items(sent).first)
        #expect(
            item["name"] == "Microsoft.ApplicationInsights.Message"
                && item["iKey"] == .string(Fixture.instrumentationKey))
        #expect(item["time"] == "2023-11-14T22:13:20.000Z")
        #expect(item["tags"]?["ai.operation.id"] == "0af7651916cd43dd8448eb211c80319c")
        #expect(item["tags"]?["ai.operation.parentId"] == "b7ad6b7169203331" && item["tags"]?["ai.cloud.role"] == "app")
        #expect(item["tags"]?["ai.cloud.roleInstance"]?.string?.isEmpty == false)
        let data = item["data"]?["baseData"]
        #expect(item["data"]?["baseType"] == "MessageData" && data?["ver"] == 2 && data?["message"] == "Hello")
        #expect(data?["severityLevel"] == 2)
        #expect(data?["properties"] == ["n": "5", "s": "x", "CorrelationId": "t1"])
        try await logger.close(.empty)
    }

    @Test(
        "Levels have the severities of the .NET edition",
        arguments: [(.fatal, 4), (.error, 3), (.warn, 2), (.info, 1), (.debug, 0), (.trace, 0)] as [(LogLevel, Int64)])
    func severities(level: LogLevel, severity: Int64) {
        let message = LogMessage(time: Date(), level: level, message: "m")
        let item = InsightsTelemetry.log(InsightsRecord(message), key: "k", instance: nil)
        #expect(item["data"]?["baseData"]?["severityLevel"] == .integer(severity))
    }

    @Test("A message with an error becomes an exception") func exception() {
        let error = ApplicationError.notFound(code: "C", "gone").withStackTrace("line 1")
        let message = LogMessage(time: Date(), level: .error, message: "Failed", error: error)
        let item = InsightsTelemetry.log(InsightsRecord(message), key: "k", instance: nil)
        #expect(item["name"] == "Microsoft.ApplicationInsights.Exception")
        let data = item["data"]?["baseData"]
        #expect(data?["exceptions"]?[0]?["message"] == "gone" && data?["exceptions"]?[0]?["stack"] == "line 1")
        #expect(data?["exceptions"]?[0]?["hasFullStack"] == true)
        #expect(data?["properties"]?["Message"] == "Failed" && data?["properties"]?["Code"] == "C")
    }

    @Test(
        "A trace id of the toolkit is the operation if it has the form of one",
        arguments: [
            ("0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"),
            ("0af76519-16cd-43dd-8448-eb211c80319c", "0af7651916cd43dd8448eb211c80319c"), ("t1", nil), (nil, nil),
        ] as [(String?, String?)])
    func operation(traceId: String?, operation: String?) {
        let record = InsightsRecord(LogMessage(time: Date(), level: .info, message: "m"), Context(traceId: traceId))
        #expect(record.operation == operation && record.parent == nil)
    }

    @Test("Strings are truncated to the limits of Application Insights") func limits() {
        // One character, and a hundred thousand code points.
        let long = "e" + String(repeating: "\u{301}", count: 100_000)
        let message = LogMessage(
            time: Date(), level: .info, source: long, traceId: long, message: long, fields: [long: .string(long)])
        let item = InsightsTelemetry.log(InsightsRecord(message), key: "k", instance: long)
        let data = item["data"]?["baseData"]
        #expect(data?["message"]?.string?.unicodeScalars.count == 32_768)
        for (name, value) in data?["properties"]?.map ?? [:] {
            #expect(name.unicodeScalars.count <= 150 && value.string?.unicodeScalars.count ?? 0 <= 8192)
        }
        #expect(JSONWriter.bytes(of: item).count < 200_000)
    }

    @Test("Temporarily rejected items are retried, others are not") func partial() async throws {
        let connector = ScriptedConnector { count, request in
            guard count == 0 else { return Self.accepted(request) }
            return Fixture.json(
                206,
                [
                    "itemsReceived": 3, "itemsAccepted": 1,
                    "errors": [
                        ["index": 0, "statusCode": 400, "message": "bad"],
                        ["index": 2, "statusCode": 439, "message": "quota"], ["index": 9, "statusCode": 500],
                    ],
                ])
        }
        let logger = try await logger([:], connector)
        for text in ["a", "b", "c"] { logger.info(.empty, text) }
        await logger.dump()
        #expect(logger.count == 1)
        await logger.dump()
        let texts = connector.requests.map { Self.items($0).map { $0["data"]?["baseData"]?["message"]?.string } }
        #expect(texts == [["a", "b", "c"], ["c"]] && logger.count == 0)
        try await logger.close(.empty)
    }

    @Test("An item that a response names several times is retried once") func repeated() async throws {
        let connector = ScriptedConnector { count, request in
            guard count == 0 else { return Self.accepted(request) }
            let error: AnyValue = ["index": 0, "statusCode": 500]
            return Fixture.json(206, ["errors": .array(Array(repeating: error, count: 100))])
        }
        let logger = try await logger([:], connector)
        logger.info(.empty, "a")
        await logger.dump()
        #expect(logger.count == 1)
        await logger.dump()
        #expect(connector.requests.map { Self.items($0).count } == [1, 1])
        try await logger.close(.empty)
    }

    @Test("While the quota is exceeded, messages are kept") func quota() async throws {
        let connector = ScriptedConnector { count, request in
            count == 0 ? Fixture.json(439, ["errors": []]) : Self.accepted(request)
        }
        let logger = try await logger([:], connector)
        logger.info(.empty, "a")
        await logger.dump()
        #expect(logger.count == 1)
        await logger.dump()
        #expect(connector.requests.count == 2 && logger.count == 0)
        try await logger.close(.empty)
    }

    @Test(
        "A redirect to a regional endpoint is followed from then on; a redirect to another address is not",
        arguments: [
            ("https://eu.in.applicationinsights.azure.com/v2.1/track", true),
            ("https://eu.in.applicationinsights.azure.com.evil.test/v2.1/track", false),
            ("http://eu.in.applicationinsights.azure.com/v2.1/track", false),
            ("https://eu.in.applicationinsights.azure.com/other", false), ("https://evil.test/v2.1/track", false),
            ("", false),
        ])
    func moved(location: String, isFollowed: Bool) async throws {
        let connector = ScriptedConnector { _, request in
            request.url.hasPrefix("http://in.test")
                ? HTTPClientResponse(status: 308, headers: ["Location": location]) : Self.accepted(request)
        }
        let logger = try await logger([:], connector)
        for text in ["a", "b"] {
            logger.info(.empty, text)
            await logger.dump()
        }
        let own = "http://in.test/v2.1/track"
        #expect(connector.requests.map(\.url) == (isFollowed ? [own, location, location] : [own, own]))
        try await logger.close(.empty)
    }

    @Test("A redirect loop ends after the maximum number of redirects") func circle() async throws {
        let connector = ScriptedConnector { count, _ in
            let host = "https://r\(count % 2).in.applicationinsights.azure.com/v2.1/track"
            return HTTPClientResponse(status: 307, headers: ["Location": host])
        }
        let logger = try await logger([:], connector)
        logger.info(.empty, "a")
        await logger.dump()
        #expect(connector.requests.count == 6)
        try await logger.close(.empty)
    }

    @Test("An error without a message is sent with a space, which the service accepts") func emptyError() {
        let message = LogMessage(
            time: Date(), level: .error, message: "", error: ApplicationError.unknown(code: "C", ""))
        let item = InsightsTelemetry.log(InsightsRecord(message), key: "k", instance: nil)
        #expect(item["data"]?["baseData"]?["exceptions"]?[0]?["message"] == " ")
    }

    @Test("While the service is unreachable, the newest messages are kept, and the loss is reported") func bounded()
        async throws
    {
        let isDown = Locked(true)
        let connector = ScriptedConnector { _, request in
            if isDown.current { throw ApplicationError.connection(code: "CANNOT_CONNECT", "down") }
            return Self.accepted(request)
        }
        let logger = try await logger(["options.max_cache_size": "3"], connector)
        for number in 0..<10 {
            logger.info(.empty, "\(number)")
            await logger.dump()
        }
        #expect(logger.count == 3)
        isDown.withLock { $0 = false }
        await logger.dump()
        let texts = connector.requests.last.map {
            Self.items($0).compactMap { $0["data"]?["baseData"]?["message"]?.string }
        }
        #expect(texts == ["7 log messages were dropped while they could not be saved", "7", "8", "9"])
        try await logger.close(.empty)
    }

    @Test("Closing sends the buffered messages") func close() async throws {
        let connector = ScriptedConnector { _, request in Self.accepted(request) }
        let logger = try await logger([:], connector)
        logger.info(.empty, "last")
        #expect(connector.requests.isEmpty)
        try await logger.close(.empty)
        #expect(connector.requests.count == 1 && logger.count == 0 && !logger.isOpen)
    }

    @Test("Large batches are sent in several requests") func batches() async throws {
        let connector = ScriptedConnector { _, request in Self.accepted(request) }
        let logger = try await logger(["options.max_cache_size": "2000"], connector)
        for number in 0..<1201 { logger.info(.empty, "\(number)") }
        for _ in 0..<40 { logger.info(.empty, String(repeating: "x", count: 30_000)) }
        await logger.dump()
        let counts = connector.requests.map { Self.items($0).count }
        #expect(counts.prefix(2) == [500, 500] && counts.reduce(0, +) == 1241)
        #expect(connector.requests.allSatisfy { $0.body.bytes?.count ?? 0 <= 1 << 19 })
        try await logger.close(.empty)
    }

    @Test("Counters become metrics with the values of the .NET edition") func metrics() async throws {
        let connector = ScriptedConnector { _, request in Self.accepted(request) }
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_700_000_000))
        let counters = try await Fixture.assembled(
            AppInsightsCounters(), Self.config.override(["options.interval": "60000"]), connector, clock: clock)
        try await counters.open(.empty)
        counters.increment("calls", 3)
        counters.stats("size", 1)
        counters.stats("size", 3)
        counters.last("depth", 7)
        counters.last("bad", .infinity)
        counters.timestamp("at", Date(timeIntervalSince1970: 1))
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount == 1 }
        clock.advance(by: .seconds(61))
        try await waitUntil(within: .seconds(30)) { connector.requests.count == 1 }
        let metrics = Self.items(connector.requests[0]).map { $0["data"]?["baseData"]?["metrics"]?[0] }
        let values = metrics.map { "\($0?["name"]?.string ?? "")=\($0?["value"]?.getAsDouble() ?? -1)" }
        #expect(values == ["calls=3.0", "size=2.0", "depth=7.0", "at=1000.0"])
        #expect(metrics.allSatisfy { $0?["kind"] == 0 })
        counters.increment("calls", 1)
        try await counters.close(.empty)
        #expect(connector.requests.count == 2 && !counters.isOpen)
    }

    @Test("Counters of a failed write are in the next one") func failedMetrics() async throws {
        let connector = ScriptedConnector { count, request in
            count == 0 ? Fixture.json(500, [:]) : Self.accepted(request)
        }
        let counters = try await Fixture.assembled(AppInsightsCounters(), Self.config, connector)
        try await counters.open(.empty)
        counters.increment("calls", 3)
        await counters.dump()
        await counters.dump()
        await counters.dump()
        #expect(connector.requests.map { Self.items($0).count } == [1, 1])
        try await counters.close(.empty)
    }

    @Test(
        "A key that is missing or no key is an error that does not show it",
        arguments: [("", "NO_INSTRUMENTATION_KEY"), ("SECRET", "BAD_INSTRUMENTATION_KEY")])
    func badKey(key: String, code: String) async throws {
        let error = await Fixture.error {
            _ = try await logger(
                ["credential.instrumentation_key": .some(key)], ScriptedConnector { _, _ in Fixture.json(200, [:]) })
        }
        #expect(error?.code == code && error?.message.contains("SECRET") == false)
    }

    #if PIP_CURL
    @Test("The stand-in accepts sent items, but not with a wrong key") func standIn() async throws {
        let role = Fixture.name("role")
        let key = Fixture.instrumentationKey
        let string = "InstrumentationKey=\(key);IngestionEndpoint=\(try Fixture.server("insights"))/"
        let config: ConfigParams = [
            "credential.connection_string": .some(string), "source": .some(role),
        ]
        let logger = try await Fixture.assembled(AppInsightsLogger(), config, AzureTap())
        try await logger.open(.empty)
        var context = Context(traceId: "t1")
        context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        logger.info(context, "kept", ["n": 5])
        logger.error(context, error: ApplicationError.conflict(code: "C", "lost"), "failed")
        logger.info(.empty, "refused")
        try await logger.close(.empty)
        let counters = try await Fixture.assembled(AppInsightsCounters(), config, AzureTap())
        try await counters.open(.empty)
        counters.increment("calls", 2)
        try await counters.close(.empty)
        let kinds = try await Fixture.sdk("telemetry", role).array?.compactMap { $0["data"]?["baseType"]?.string }
        #expect(kinds == ["MessageData", "ExceptionData", "MetricData"])
        let wrong = try await Fixture.assembled(
            AppInsightsCounters(),
            config.override([
                "credential.connection_string": .some(
                    string.replacingOccurrences(of: key, with: "21111111-2222-3333-4444-555555555555")),
                "source": "wrong",
            ]), AzureTap())
        try await wrong.open(.empty)
        wrong.increment("calls", 2)
        try await wrong.close(.empty)
        #expect(try await Fixture.sdk("telemetry", "wrong") == [])
    }
    #endif
}
#endif
