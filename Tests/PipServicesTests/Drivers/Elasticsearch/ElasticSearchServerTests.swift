#if PIP_ELASTICSEARCH && PIP_CURL
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The logger with a server: the stand-in, or a real one at `PIP_TEST_ELASTICSEARCH_URI` where nothing has to fail.
@Suite struct ElasticSearchServerTests {
    typealias Fixture = ElasticSearchFixture

    private func logger(_ port: Int, _ config: ConfigParams = [:]) async throws -> ElasticSearchLogger {
        let base: ConfigParams = ["connection.port": "\(port)", "options.timeout": "5000", "options.retry_delay": "10"]
        return try await Fixture.logger(base.override(config), CurlConnector())
    }

    @Test("The official clients of versions 7 and 8 accept the stand-in server") func officialClients() async throws {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        let url = "http://\(server.address)"
        #expect(try await DriverFixture.python("elasticsearch_client.py", [url]).contains("RESULT [7, 17"))
        let python = try #require(ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"])
        let folder = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "elasticsearch8").path
        #expect(try await DriverFixture.python("elasticsearch_client.py", [url, folder]).contains("RESULT [8, "))
    }

    @Test("Messages are stored once, with the mapping of the template", arguments: [[], ["--legacy"]])
    func saving(arguments: [String]) async throws {
        let server = try await (arguments.isEmpty ? Fixture.standIn() : Fixture.standIn(arguments[0]))
        defer { server.kill() }
        let logger = try await logger(server.port, ["daily": "true", "index": "app"])
        for index in 0..<250 { logger.info(.fromTraceId("t"), "\(index)", ["n": .integer(Int64(index))]) }
        try await logger.close(.empty)
        let documents = try await Fixture.documents(server.port, "app-*")
        #expect(Set(documents.compactMap { $0["message"]?.string }) == Set((0..<250).map { "\($0)" }))
        #expect(documents.count == 250)
        #expect(documents.allSatisfy { $0["trace_id"]?.string == "t" && $0["fields"]?["n"] != nil })
        let indexes = try await Fixture.call(server.port, .get, "/app-*/_mapping").map ?? [:]
        let properties = indexes.first { _ in true }?.value["mappings"]?["properties"]
        #expect(properties?["level"]?["type"]?.string == "keyword")
        #expect(properties?["message"]?["index"] == false)
    }

    @Test("The Python edition's index has the same mapping, and its documents the same fields") func python()
        async throws
    {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        _ = try await DriverFixture.python("elasticsearch_peer.py", ["\(server.port)", "theirs"])
        let logger = try await logger(server.port, ["index": "ours"])
        logger.info(.fromTraceId("trace 1"), "Hello")
        logger.error(
            .fromTraceId("trace 1"),
            error: ApplicationError.notFound(code: "NOT_THERE", "It is not there", traceId: "trace 1"), "Failed")
        try await logger.close(.empty)
        func documents(_ index: String) async throws -> [String: AnyValue] {
            Dictionary(
                try await Fixture.documents(server.port, index).map { ($0["message"]?.string ?? "", $0) },
                uniquingKeysWith: { first, _ in first })
        }
        let (ours, theirs) = (try await documents("ours"), try await documents("theirs"))
        #expect(Set(ours.keys) == ["Hello", "Failed"] && Set(theirs.keys) == Set(ours.keys))
        for name in ["category", "code", "status", "message", "trace_id"] {
            #expect(ours["Failed"]?["error"]?[name] == theirs["Failed"]?["error"]?[name], "\(name)")
        }
        #expect(ours["Hello"]?["error"] == .null && theirs["Hello"]?["error"] == .null)
        // Theirs writes the trace id as `context` and the level as a number; Node's as ours does.
        #expect(ours["Hello"]?["trace_id"] == theirs["Hello"]?["context"])
        func properties(_ index: String) async throws -> AnyValueMap {
            try await Fixture.call(server.port, .get, "/\(index)/_mapping")[index]?["mappings"]?["properties"]?.map
                ?? [:]
        }
        let (our, their) = (try await properties("ours"), try await properties("theirs"))
        for name in ["time", "source", "level", "trace_id", "message"] {
            #expect(our[name] == their[name], "\(name)")
        }
        for name in ["type", "category", "status", "code", "message", "trace_id", "cause", "stack_trace"] {
            #expect(our["error"]?["properties"]?[name] == their["error"]?["properties"]?[name], "\(name)")
        }
    }

    @Test("A record that does not match the mapping is dropped alone") func conflict() async throws {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        let logger = try await logger(server.port)
        for index in 0..<6 {
            logger.info(.empty, "\(index)", ["n": index.isMultiple(of: 2) ? .integer(1) : .string("text")])
        }
        await logger.dump()
        #expect(try await Fixture.messages(server.port) == ["0", "2", "4"])
        #expect(logger.count == 0)
        try await logger.close(.empty)
    }

    @Test("A busy server is retried after its Retry-After", arguments: [429, 503]) func retryAfter(status: Int)
        async throws
    {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        try await Fixture.call(
            server.port, .put, "/_test",
            ["status": .integer(Int64(status)), "retry_after": .double(0.3), "times": 1, "path": "/_bulk", "busy": 1])
        let logger = try await logger(server.port)
        for index in 0..<3 { logger.info(.empty, "\(index)") }
        let start = SystemClock().uptime
        await logger.dump()
        #expect(SystemClock().uptime - start >= .milliseconds(300))
        #expect(try await Set(Fixture.messages(server.port)) == ["0", "1", "2"])
        #expect(logger.count == 0)
        try await logger.close(.empty)
    }

    @Test("A lost reply duplicates no message, and a late server receives all") func faults() async throws {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        let proxy = try FaultProxy(to: server.port)
        proxy.accept(false)
        let logger = try await logger(
            proxy.port, ["options.timeout": "1500", "options.attempt_timeout": "300", "options.circuit_failures": "0"])
        logger.info(.empty, "unavailable at start")
        await logger.dump()
        #expect(logger.count == 1)
        proxy.accept(true)
        await logger.dump()
        #expect(logger.count == 0)
        logger.info(.empty, "lost reply")
        proxy.loseAnswer(to: "lost reply")
        await logger.dump()
        #expect(proxy.hasLostAnswer)
        logger.info(.empty, "cut reply")
        proxy.cut(after: 100)
        await logger.dump()
        proxy.set(.swallow)
        logger.info(.empty, "silent")
        await logger.dump()
        #expect(logger.count > 0)
        proxy.reset()
        proxy.set(.pass)
        await logger.dump()
        try await logger.close(.empty)
        let messages = try await Fixture.messages(server.port).sorted()
        #expect(messages == ["cut reply", "lost reply", "silent", "unavailable at start"])
    }

    @Test("Closing a logger with an unresponsive server ends in time") func silentClose() async throws {
        let server = try await Fixture.standIn()
        defer { server.kill() }
        let proxy = try FaultProxy(to: server.port)
        proxy.set(.swallow)
        let logger = try await logger(proxy.port, ["options.save_timeout": "200", "options.max_retries": "0"])
        logger.info(.empty, "x")
        let time = try await DriverFixture.time { try await logger.close(.empty) }
        #expect(time < DriverFixture.bound(after: .milliseconds(600)))
        // What could not be saved is kept, as soon as the save has noticed that it was cancelled.
        try await waitUntil(within: .seconds(30)) { logger.count == 1 }
    }

    @Test("Users and keys are checked, and a wrong password keeps the messages") func access() async throws {
        let server = try await Fixture.standIn("--user", "elastic:secret")
        defer { server.kill() }
        let wrong = try await logger(server.port, ["credential.username": "elastic", "credential.password": "wrong"])
        wrong.info(.empty, "x")
        await wrong.dump()
        #expect(wrong.count == 1)
        let right = try await logger(server.port, ["credential.username": "elastic", "credential.password": "secret"])
        right.info(.empty, "y")
        await right.dump()
        #expect(right.count == 0)
        let withKey = try await Fixture.standIn("--key", "aWQ6a2V5")
        defer { withKey.kill() }
        let byKey = try await logger(withKey.port, ["credential.access_id": "id", "credential.access_key": "key"])
        byKey.info(.empty, "z")
        await byKey.dump()
        #expect(byKey.count == 0)
    }

    @Test("TLS works with a custom CA, which must be configured") func tls() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-es-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let openssl = try DriverChildProcess(
            URL(fileURLWithPath: "/bin/sh"),
            [
                "-c",
                "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
                    + "subjectAltName=DNS:localhost -keyout '\(folder)/key.pem' -out '\(folder)/cert.pem'",
            ])
        try await waitUntil(within: .seconds(60)) { !openssl.isRunning }
        let server = try await Fixture.standIn("--tls", "\(folder)/cert.pem", "\(folder)/key.pem")
        defer { server.kill() }
        let config: ConfigParams = ["connection.protocol": "https", "connection.host": "localhost"]
        let trusting = try await logger(
            server.port, config.override(["credential.ssl_ca_file": "\(folder)/cert.pem"]))
        trusting.info(.empty, "x")
        await trusting.dump()
        #expect(trusting.count == 0)
        let other = try await logger(server.port, config.override(["options.max_retries": "0"]))
        other.info(.empty, "y")
        await other.dump()
        #expect(other.count == 1)
    }

    @Test("A real server accepts our messages and template", .enabled(if: realServer != nil)) func real() async throws {
        let uri = try #require(Self.realServer)
        let index = "pip-test-\(IdGenerator.nextLong())"
        let logger = try await Fixture.logger(
            ["connection.host": "", "connection.uri": uri, "index": index], CurlConnector())
        for number in 0..<20 { logger.info(.empty, "\(number)", ["n": .integer(Int64(number))]) }
        await logger.dump()
        #expect(logger.count == 0)
        try await logger.close(.empty)
    }

    private static let realServer = ProcessInfo.processInfo.environment["PIP_TEST_ELASTICSEARCH_URI"]
}
#endif
