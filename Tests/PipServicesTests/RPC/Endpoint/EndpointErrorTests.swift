import PipServicesTesting
import Testing

@testable import PipServices

/// Errors that are no ``ApplicationError`` stay inside.
@Suite struct EndpointErrorTests {
    private struct Secret: Error { let password = "hunter2" }

    private final class FailingListener: EventListener {
        func onEvent(_ context: Context, _ event: Event, _ arguments: Parameters) async throws { throw Secret() }
    }

    private func answer(
        to error: any Error, _ config: ConfigParams = [:], _ logger: RecordingLogger = RecordingLogger()
    ) async throws -> (status: Int, body: AnyValue, text: String) {
        let references = References([("a:logger:recording:1:1.0", logger)])
        let endpoint = try await assemble(HTTPEndpoint(), config: config, references: references)
        endpoint.register([RestRoute(.get, "/fail") { (_, _) -> String? in throw error }], for: endpoint)
        let response = await endpoint.respond(to: RestRequest(.get, "/fail?trace_id=t1"))
        let text = String(decoding: response.body, as: UTF8.self)
        return (response.status, try JSONConverter.fromJSON(text), text)
    }

    @Test("Any other error is a 500 with an id that is also in the log") func otherErrors() async throws {
        let logger = RecordingLogger()
        let (status, body, text) = try await answer(to: Secret(), [:], logger)
        #expect(status == 500)
        #expect(body["code"] == "UNKNOWN")
        #expect(body["category"] == "Unknown")
        #expect(body["trace_id"] == "t1")
        for secret in ["hunter2", "Secret", "EndpointErrorTests"] { #expect(!text.contains(secret), "\(text)") }
        let id = try #require(body["details"]?["error_id"])
        let line = try #require(logger.messages.first { $0.fields["error_id"] == id })
        #expect(line.level == .error)
        #expect("\(String(describing: line.error))".contains("hunter2"))
    }

    @Test("Causes and stack traces are not sent, unless options.expose_causes is set", arguments: [false, true])
    func causes(isExposed: Bool) async throws {
        let error = ApplicationError.conflict(code: "TAKEN", "The name is taken").withCause(Secret())
        let (status, body, text) = try await answer(to: error, ["options.expose_causes": "\(isExposed)"])
        #expect(status == 409)
        #expect(body["code"] == "TAKEN")
        #expect(body["message"] == "The name is taken")
        #expect(text.contains("hunter2") == isExposed)
        let (_, other, _) = try await answer(to: Secret(), ["options.expose_causes": "\(isExposed)"])
        #expect((other["message"]?.string?.contains("hunter2") ?? false) == isExposed)
    }

    @Test("The error of a command or listener is not sent, unless options.expose_causes is set")
    func causesOfCommands() async throws {
        let command = Command("raise") { (_, _: Parameters) -> Void in throw Secret() }
        let event = Event("created")
        event.addListener(FailingListener())
        let operations: [@Sendable () async throws -> Void] = [
            { _ = try await command.execute(.empty, [:]) }, { try await event.notify(.empty, [:]) },
        ]
        for operation in operations {
            let caught = await #expect(throws: ApplicationError.self) { try await operation() }
            let error = try #require(caught)
            let (status, body, text) = try await answer(to: error)
            #expect(status == 500)
            #expect(body["code"] == "EXEC_FAILED")
            #expect(!text.contains("hunter2") && !text.contains("Secret"), "\(text)")
            let (_, exposed, _) = try await answer(to: error, ["options.expose_causes": "true"])
            #expect(exposed["cause"]?.string?.contains("hunter2") == true)
        }
    }

    @Test(
        "The failure of a downstream service is a gateway status without its address",
        arguments: [
            (HTTPFailure.cannotConnect, 503), (HTTPFailure.circuitOpen, 503), (HTTPFailure.queueFull, 503),
            (HTTPFailure.timeout, 504), (HTTPFailure.connectTimeout, 504), (HTTPFailure.connectionLost, 502),
            (HTTPFailure.badResponse, 502), (HTTPFailure.tlsFailed, 502), (HTTPFailure.responseTooLarge, 502),
            ("NO_CONNECTION", 503), ("SERVER_DOWN", 503), ("NO_ANSWER", 504), ("CONNECTION_FAILED", 502),
            ("NO_SERVER", 503), ("NOT_PRIMARY", 503), ("CONNECT_FAILED", 503), ("READONLY", 503), ("MASTERDOWN", 503),
            ("LOADING", 503), ("CONNECTION_REFUSED", 502), ("ACCESS_DENIED", 502), ("CURSOR_LOST", 502),
        ])
    func upstreamFailures(code: String, expected: Int) async throws {
        let logger = RecordingLogger()
        let request = HTTPClientRequest(.get, "http://10.1.2.3:9000/internal")
        let (status, body, text) = try await answer(
            to: HTTPFailure.error(code, "no connection", .empty, request), [:], logger)
        #expect(status == expected)
        #expect(body["code"] == .string(code))
        #expect(body["category"] == "NoResponse")
        #expect(body["status"] == .integer(Int64(expected)))
        #expect(!text.contains("10.1.2.3"), "\(text)")
        let id = try #require(body["details"]?["error_id"])
        let line = try #require(logger.messages.first { $0.fields["error_id"] == id })
        #expect("\(String(describing: line.error))".contains("10.1.2.3"))
    }

    @Test("A file error is sent without the path, and logged with it") func fileErrors() async throws {
        let logger = RecordingLogger()
        let error = ApplicationError.writeFailed(
            "/var/secret.json", FileFailure(path: "/var/secret.json", reason: "full"))
        let (status, body, text) = try await answer(to: error, [:], logger)
        #expect(status == 500)
        #expect(body["code"] == "WRITE_FAILED")
        #expect(!text.contains("secret.json"), "\(text)")
        let id = try #require(body["details"]?["error_id"])
        let line = try #require(logger.messages.first { $0.fields["error_id"] == id })
        #expect("\(String(describing: line.error))".contains("secret.json"))
    }

    @Test("The service's own NoResponse error keeps its status") func ownNoResponse()
        async throws
    {
        let (status, body, _) = try await answer(to: ApplicationError.connection(code: "NO_DATA", "No answer"))
        #expect(status == 500)
        #expect(body["message"] == "No answer")
    }
}
