#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Logs and metrics, without a server.
@Suite struct CloudWatchTests {
    typealias Fixture = AWSFixture

    private func logger(
        _ config: ConfigParams = [:], clock: VirtualClock? = nil, _ connector: any HTTPConnector & Component
    ) async throws -> CloudWatchLogger {
        let base: ConfigParams = ["group": "g", "stream": "s", "level": "trace", "source": "app"]
        let logger = try await Fixture.assembled(
            CloudWatchLogger(), Fixture.config().override(base).override(config), connector, clock: clock)
        try await logger.open(.empty)
        return logger
    }

    private static func events(_ request: HTTPClientRequest) -> [AnyValue] {
        Fixture.body(request)["logEvents"]?.array ?? []
    }

    @Test(
        "A line has the form of the other editions",
        arguments: [
            (
                LogMessage(time: Date(), level: .info, source: "app", traceId: "t", message: "Hello"),
                "[app:t:INFO] Hello"
            ),
            (LogMessage(time: Date(), level: .debug, message: "x"), "[---:---:DEBUG] x"),
            (
                LogMessage(
                    time: Date(), level: .error, source: "a", message: "Failed",
                    error: ApplicationError.notFound(code: "C", "gone").withStackTrace("line 1")),
                "[a:---:ERROR] Failed: gone StackTrace: line 1"
            ),
            (
                LogMessage(time: Date(), level: .warn, source: "a", message: "m", fields: ["k": 1]),
                #"[a:---:WARN] m {"k":1}"#
            ),
        ])
    func lines(message: LogMessage, line: String) { #expect(CloudWatchLogSender.line(message) == line) }

    @Test("Group and stream are created once, and may already exist") func creation() async throws {
        let connector = ScriptedConnector { _, request in
            Fixture.operation(request) == "CreateLogGroup"
                ? Fixture.json(400, ["__type": "ResourceAlreadyExistsException"]) : Fixture.json(200, [:])
        }
        let logger = try await logger([:], connector)
        for text in ["a", "b"] {
            logger.info(.empty, text)
            await logger.dump()
        }
        #expect(
            connector.requests.map(Fixture.operation) == [
                "CreateLogGroup", "CreateLogStream", "PutLogEvents", "PutLogEvents",
            ])
        try await logger.close(.empty)
    }

    @Test("Events are sent in chronological order, in batches within the limits") func batches() async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, [:]) }
        let client = try await Fixture.client(.logs, connector)
        let sender = CloudWatchLogSender(client)
        sender.prepare(group: "g", stream: "s")
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        func message(_ seconds: Double, _ text: String = "x") -> LogMessage {
            LogMessage(time: start.addingTimeInterval(seconds), level: .info, message: text)
        }
        let large = String(repeating: "é", count: 200_000)
        try await sender.send(
            [message(5), message(1), message(90_000), message(3)] + (0..<4).map { message(90_001 + Double($0), large) })
        let batches = connector.requests.filter { Fixture.operation($0) == "PutLogEvents" }.map(Self.events)
        let times = batches.map { $0.map { ($0["timestamp"]?.getAsLong() ?? 0) / 1000 - 1_700_000_000 } }
        #expect(times == [[1, 3, 5], [90_000, 90_001, 90_002, 90_003], [90_004]])
        for event in batches.flatMap(\.self) {
            #expect((event["message"]?.string ?? "").utf8.count <= 262_144 - 26)
        }
        #expect(batches[1][1]["message"]?.string?.hasSuffix("é…") == true)
        try await sender.send((0..<10_001).map { _ in message(0) })
        let counts = connector.requests.suffix(2).map { Self.events($0).count }
        #expect(counts == [10_000, 1])
    }

    @Test("A deleted stream is created again; a required sequence token is sent") func hints() async throws {
        let connector = ScriptedConnector { count, request in
            guard Fixture.operation(request) == "PutLogEvents" else { return Fixture.json(200, [:]) }
            if count == 2 { return Fixture.json(400, ["__type": "ResourceNotFoundException"]) }
            if count == 6 {
                return Fixture.json(
                    400,
                    ["__type": "InvalidSequenceTokenException", "message": "The next expected sequenceToken is: 49"])
            }
            return Fixture.json(200, [:])
        }
        let logger = try await logger([:], connector)
        logger.info(.empty, "a")
        await logger.dump()
        #expect(connector.requests.count == 6)
        logger.info(.empty, "b")
        await logger.dump()
        #expect(connector.requests.count == 8)
        #expect(Fixture.body(connector.requests[7])["sequenceToken"] == "49")
        #expect(logger.count == 0)
        try await logger.close(.empty)
    }

    @Test("Messages whose response was lost are not resent") func alreadyAccepted() async throws {
        let connector = ScriptedConnector { _, request in
            Fixture.operation(request) == "PutLogEvents"
                ? Fixture.json(400, ["__type": "DataAlreadyAcceptedException"]) : Fixture.json(200, [:])
        }
        let logger = try await logger([:], connector)
        logger.info(.empty, "a")
        await logger.dump()
        #expect(logger.count == 0 && connector.requests.count == 3)
        try await logger.close(.empty)
    }

    @Test("Unsent messages are kept within the limit, and sent later with a report of dropped ones")
    func failure() async throws {
        let isDown = Locked(true)
        let connector = ScriptedConnector { _, _ in
            isDown.current ? Fixture.json(400, ["__type": "AccessDeniedException"]) : Fixture.json(200, [:])
        }
        let logger = try await logger(["options.max_cache_size": "3"], clock: VirtualClock(), connector)
        for number in 0..<3 { logger.info(.empty, "\(number)") }
        await logger.dump()
        for number in 3..<6 { logger.info(.empty, "\(number)") }
        #expect(logger.count == 3)
        isDown.withLock { $0 = false }
        await logger.dump()
        let texts = Self.events(try #require(connector.requests.last)).compactMap { $0["message"]?.string }
        #expect(texts.contains("[app:---:INFO] 5") && !texts.contains("[app:---:INFO] 0"))
        #expect(texts.contains { $0.contains("3 log messages were dropped") })
        try await logger.close(.empty)
    }

    @Test(
        "Names that CloudWatch refuses are refused at the start",
        arguments: [
            (["group": "a b"], "BAD_GROUP"), (["group": "a:b"], "BAD_GROUP"), (["stream": "a:b"], "BAD_STREAM"),
            (["stream": "*"], "BAD_STREAM"),
        ] as [(ConfigParams, String)])
    func badNames(config: ConfigParams, code: String) async throws {
        let connector = ScriptedConnector { _, _ in Fixture.json(200, [:]) }
        #expect(await DriverFixture.code { _ = try await logger(config, connector) } == code)
    }

    // MARK: - Counters

    private static let now = Date(timeIntervalSince1970: 1_700_000_000)

    private static func datum(_ update: [CounterUpdate], name: String = "a") -> AnyValue? {
        var counter = Counter(name, update[0].type)
        for one in update { counter.update(one) }
        return CloudWatchMetric.datum(counter, instance: "i", now: now)
    }

    @Test("A counter becomes a metric as in the other editions") func metrics() {
        let sum = Self.datum([.increment(2), .increment(3)])
        #expect(sum?["Value"] == 5.0 && sum?["Unit"] == "Count" && sum?["MetricName"] == "a")
        #expect(sum?["Dimensions"] == [["Name": "InstanceID", "Value": "i"]])
        #expect(sum?["Timestamp"] == "2023-11-14T22:13:20.000Z")
        let time = Self.datum([.interval(1), .interval(3)])
        #expect(time?["StatisticValues"] == ["SampleCount": 2, "Maximum": 3.0, "Minimum": 1.0, "Sum": 4.0])
        #expect(time?["Unit"] == "Milliseconds")
        #expect(Self.datum([.statistics(1)])?["Unit"] == "None")
        #expect(Self.datum([.last(7)])?["Value"] == 7.0)
        #expect(Self.datum([.timestamp(Self.now)])?["Value"] == 1_700_000_000_000)
    }

    @Test("A metric that CloudWatch rejects does not affect the others") func oddMetrics() {
        for update in [CounterUpdate.last(.nan), .statistics(.infinity), .last(.greatestFiniteMagnitude)] {
            #expect(Self.datum([update]) == nil)
        }
        #expect(Self.datum([.last(1)], name: "") == nil && Self.datum([.last(1)], name: "  ") == nil)
        #expect(Self.datum([.last(1)], name: ":a\né")?["MetricName"] == "_a___")
        let long = Self.datum([.last(1)], name: String(repeating: "x", count: 300))?["MetricName"]?.string
        #expect(long?.count == 255)
    }

    private func counters(
        _ connector: any HTTPConnector & Component, clock: VirtualClock? = nil
    ) async throws -> CloudWatchCounters {
        let counters = try await Fixture.assembled(
            CloudWatchCounters(), Fixture.config().override(["source": "app", "instance": "i"]), connector, clock: clock
        )
        try await counters.open(.empty)
        return counters
    }

    private static func form(_ request: HTTPClientRequest) -> String {
        PercentCoding.decode(String(decoding: request.body.bytes ?? [], as: UTF8.self))
    }

    @Test("Changed counters are written 20 at a time, periodically and at closing") func writing()
        async throws
    {
        let clock = VirtualClock()
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, "<R/>") }
        let counters = try await counters(connector, clock: clock)
        for number in 0..<45 { counters.incrementOne("c\(number)") }
        try await waitUntil(within: .seconds(30)) { clock.sleeperCount > 0 }
        clock.advance(by: .seconds(301))
        try await waitUntil(within: .seconds(30)) { connector.requests.count == 3 }
        let forms = connector.requests.map(Self.form)
        #expect(forms[0].contains("MetricData.member.20.MetricName=c19") && !forms[0].contains("member.21"))
        #expect(forms[2].contains("MetricData.member.5.MetricName=c44"))
        #expect(forms.allSatisfy { $0.contains("Namespace=app&") && $0.contains("Version=2010-08-01") })
        await counters.dump()
        #expect(connector.requests.count == 3)
        counters.incrementOne("c0")
        try await counters.close(.empty)
        #expect(connector.requests.count == 6)
    }

    @Test("The next write includes the measurements of a failed one") func failedWrite() async throws {
        let connector = ScriptedConnector { count, _ in
            count == 0
                ? HTTPClientResponse(400, "<E><Error><Code>AccessDenied</Code></Error></E>")
                : HTTPClientResponse(200, "<R/>")
        }
        let counters = try await counters(connector)
        counters.increment("c", 3)
        await counters.dump()
        await counters.dump()
        #expect(connector.requests.count == 2)
        #expect(Self.form(connector.requests[1]).contains("MetricData.member.1.Value=3"))
        try await counters.close(.empty)
    }

    @Test("A reserved namespace of AWS is rejected") func badSource() async throws {
        let connector = ScriptedConnector { _, _ in HTTPClientResponse(200, "<R/>") }
        let counters = try await Fixture.assembled(
            CloudWatchCounters(), Fixture.config().override(["source": "AWS/x"]), connector)
        #expect(await DriverFixture.code { try await counters.open(.empty) } == "BAD_SOURCE")
    }
}

#if PIP_CURL
/// Logs, metrics and secrets with the stand-in and boto3.
@Suite struct AWSOperationsTests {
    typealias Fixture = AWSFixture

    @Test(arguments: LoggerContract().cases)
    func loggerContract(_ contractCase: ContractCase<LoggerContract.Subject>) async throws {
        try await contractCase.run {
            let (group, config) = (Fixture.name("g"), try Fixture.serverConfig())
            let logger = try await Fixture.assembled(
                CloudWatchLogger(),
                config.override(["group": group, "stream": "s", "options.max_cache_size": "1000"]), CurlConnector())
            try await logger.open(.empty)
            return Observed(logger) {
                await logger.dump()
                let client = try await Fixture.client(.logs, config, CurlConnector())
                let found = try await client.call(
                    .empty, "GetLogEvents",
                    ["logGroupName": .string(group), "logStreamName": "s", "startFromHead": true, "limit": 10_000])
                return (found["events"]?.array ?? []).compactMap { $0["message"]?.string }
            }
        }
    }

    @Test("boto3 reads our messages in chronological order") func logs() async throws {
        let group = Fixture.name("g")
        let logger = try await Fixture.assembled(
            CloudWatchLogger(), try Fixture.serverConfig(["group": group, "stream": "s", "source": "app"]),
            CurlConnector())
        try await logger.open(.empty)
        for number in 0..<150 { logger.info(.fromTraceId("t"), "\(number)") }
        try await logger.close(.empty)
        let events = try await Fixture.boto("logs", group, "s").array ?? []
        #expect(events.compactMap { $0[1]?.string } == (0..<150).map { "[app:t:INFO] \($0)" })
    }

    @Test("boto3 reads our metrics") func metrics() async throws {
        let source = Fixture.name("n")
        let counters = try await Fixture.assembled(
            CloudWatchCounters(), try Fixture.serverConfig(["source": source, "instance": "i"]), CurlConnector())
        try await counters.open(.empty)
        counters.increment("calls", 5)
        for value in [1.5, 2.5, 8] { counters.update("time", .interval(value)) }
        try await counters.close(.empty)
        let read = try await Fixture.boto("metrics", source)
        #expect(read["calls"]?["sum"]?.getAsDouble() == 5 && read["calls"]?["unit"] == "Count")
        #expect(read["calls"]?["dimensions"] == [["Name": "InstanceID", "Value": "i"]])
        let time = read["time"]
        #expect(["sum", "min", "max", "count"].map { time?[$0]?.getAsDouble() } == [12, 1.5, 8, 3])
    }

    @Test(arguments: CredentialStoreContract().cases)
    func secretsManager(_ contractCase: ContractCase<any CredentialStore>) async throws {
        try await contractCase.run {
            let store = try await Fixture.assembled(
                SecretsManagerCredentialStore(), try Fixture.serverConfig(), CurlConnector())
            try await store.open(.empty)
            return store
        }
    }

    @Test(arguments: CredentialStoreContract().cases)
    func parameterStore(_ contractCase: ContractCase<any CredentialStore>) async throws {
        try await contractCase.run {
            let store = try await Fixture.assembled(SSMCredentialStore(), try Fixture.serverConfig(), CurlConnector())
            try await store.open(.empty)
            return store
        }
    }

    @Test(
        "Secrets of others are credentials: JSON, a list of values, a password",
        arguments: [
            (#"{"username":"u","password":"p=1"}"#, ["username": "u", "password": "p=1"]),
            ("username=u;password=p", ["username": "u", "password": "p"]), ("pass;word", ["password": "pass;word"]),
        ] as [(String, CredentialParams)])
    func foreignSecrets(text: String, credential: CredentialParams) async throws {
        let name = Fixture.name("s")
        _ = try await Fixture.boto("secret", name, text)
        let store = try await Fixture.assembled(
            SecretsManagerCredentialStore(), try Fixture.serverConfig(), CurlConnector())
        try await store.open(.empty)
        #expect(try await store.lookup(.empty, name) == credential)
    }

    @Test("A secret is looked up again after it expired in the cache") func cache() async throws {
        let clock = VirtualClock(Date())
        let connector = TappedConnector()
        let store = try await Fixture.assembled(
            SecretsManagerCredentialStore(), try Fixture.serverConfig(["options.cache_timeout": "5000"]), connector,
            clock: clock)
        try await store.open(.empty)
        let name = Fixture.name("s")
        try await store.store(.empty, name, ["password": "p"])
        let before = connector.requests.count
        for _ in 0..<3 { #expect(try await store.lookup(.empty, name)?.password == "p") }
        #expect(connector.requests.count == before + 1)
        clock.advance(by: .seconds(6))
        _ = try await store.lookup(.empty, name)
        #expect(connector.requests.count == before + 2)
    }

    @Test("Configuration is read from a secret and from parameters, and rendered") func configReaders() async throws {
        let name = Fixture.name("c")
        _ = try await Fixture.boto("secret", name, #"{"connection":{"host":"{{HOST}}","port":80}}"#)
        _ = try await Fixture.boto(
            ["parameters", "/\(name)/connection/host", "h"] + (0..<12).flatMap { ["/\(name)/list/n\($0)", "\($0)"] })
        let secret = try await Fixture.assembled(
            SecretsManagerConfigReader(), try Fixture.serverConfig(["path": .some(name)]), CurlConnector())
        try await secret.open(.empty)
        let filled = try await secret.readConfig(.empty, parameters: ["HOST": "filled"])
        #expect(filled["connection.host"] == "filled" && filled["connection.port"] == "80")
        let parameters = try await Fixture.assembled(
            SSMConfigReader(), try Fixture.serverConfig(["path": .some("/" + name)]), CurlConnector())
        try await parameters.open(.empty)
        let read = try await parameters.readConfig(.empty)
        // More than a page.
        #expect(read["connection.host"] == "h" && read["list.n11"] == "11" && read.count == 13)
        let missing = try await Fixture.assembled(
            SSMConfigReader(), try Fixture.serverConfig(["path": "/none"]), CurlConnector())
        try await missing.open(.empty)
        let error = await Fixture.error { _ = try await missing.readConfig(.empty) }
        #expect(error?.code == "NO_SECRET" && error?.message.contains("/none") == true)
    }

    @Test("A presigned URL is accepted without credentials, and a modified one is not") func presignedURL() async throws
    {
        let signer = AWSSigner(service: "sqs", region: "us-east-1")
        let keys = AWSCredentials(accessId: "AKIDEXAMPLE", accessKey: "secret")
        let url = try signer.presign(
            .get, try Fixture.server() + "/?Action=ListQueues&Version=2012-11-05", keys, at: Date())
        let connector = CurlConnector()
        #expect(try await connector.send(.empty, HTTPClientRequest(.get, url)).status == 200)
        let tampered = url.replacing(text: "ListQueues", with: "PurgeQueue")
        #expect(try await connector.send(.empty, HTTPClientRequest(.get, tampered)).status == 403)
    }
}
#endif
#endif
