import PipServicesTesting
import Testing

@testable import PipServices

/// What the log has of requests that fail: one line each, wherever they fail.
@Suite struct RequestLogTests {
    private final class Items: RestController {
        let rest = RestHost(baseRoute: "v1")
        init() {}

        var routes: [RestRoute] {
            RestRoute(.get, "/fine") { _, _ -> String? in "a" }
            RestRoute(.get, "/fault") { _, _ -> String? in throw ApplicationError.invalidState(code: "S", "no") }
            RestRoute(.get, "/missing") { _, _ -> String? in throw ApplicationError.notFound(code: "C", "no") }
            RestRoute(.get, "/peer", name: "peer") { _, _ -> String? in
                throw ApplicationError.connection(code: "CIRCUIT_OPEN", "no")
            }
            RestRoute(.get, "/slow") { _, _ -> String? in
                try await Task.sleep(for: .seconds(60))
                return "a"
            }
        }
    }

    private final class Authenticator: RestAuthenticator, Component {
        var scheme: String { "Bearer" }
        func authenticate(_ context: Context, _ credentials: String) async throws -> RestUser? {
            if credentials == "foreign" { return nil }
            throw ApplicationError.config(code: "NO_KEYS", "There are no keys")
        }
    }

    /// The lines that a request leaves at the levels debug and above, and its response.
    private func lines(
        _ target: String, _ method: HTTPMethod = .get, authorization: String? = nil, options: ConfigParams = [:],
        count: Int = 1
    ) async throws -> (lines: [RecordingLogger.Message], response: RestResponse) {
        let logger = RecordingLogger(level: .debug)
        let (endpoint, items) = (HTTPEndpoint(), Items())
        try await assemble(
            endpoint, config: options,
            references: [
                "test:logger:recording:1:1.0": logger, "test:authenticator:tokens:default:1.0": Authenticator(),
                "test:clock:virtual:default:1.0": VirtualClock(),
            ])
        try await assemble(
            items,
            references: ["pip-services:endpoint:http:default:1.0": endpoint, "test:logger:recording:1:1.0": logger])
        try await items.open(.empty)
        let headers = HeaderFields(authorization.map { [(name: "Authorization", value: $0)] } ?? [])
        let request = RestRequest(method, target + "?trace_id=t1", headers: headers)
        var response = await endpoint.respond(to: request)
        for _ in 1..<count { response = await endpoint.respond(to: request) }
        return (logger.messages, response)
    }

    private func body(_ response: RestResponse) throws -> AnyValue {
        try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self))
    }

    @Test(
        "A failed request is logged once, as an error unless the client is at fault",
        arguments: [
            ("/v1/fault", LogLevel.error, "Failed to execute GET /v1/fault method"),
            ("/v1/missing", .debug, "Failed to execute GET /v1/missing method"),
            ("/v1/peer", .error, "Failed to execute peer method"),
        ])
    func failuresAreOneLine(target: String, level: LogLevel, message: String) async throws {
        let (lines, _) = try await lines(target)
        #expect(lines.map(\.message) == [message])
        #expect(lines.map(\.level) == [level])
        #expect(lines.first?.traceId == "t1")
        #expect(lines.first?.error?.contains("no") == true)
    }

    @Test("An authenticator that can't verify a token is logged as an error") func authenticatorsAreLogged()
        async throws
    {
        let (lines, response) = try await lines("/v1/fine", authorization: "Bearer x")
        #expect(response.status == 500)
        #expect(lines.map(\.level) == [.error])
        #expect(lines.first?.error?.contains("NO_KEYS") == true)
    }

    @Test("Rejected credentials are logged with the reason, which the caller does not see")
    func refusedCredentialsAreLogged() async throws {
        for (credentials, reason) in [
            ("Bearer foreign", "no authenticator knows them"),
            ("Basic x", "the scheme of 'Authorization' is not one of: Bearer"),
        ] {
            let (lines, response) = try await lines("/v1/fine", authorization: credentials)
            #expect(response.status == 401)
            #expect(lines.map(\.level) == [.debug])
            #expect(lines.first?.error?.contains(reason) == true, "\(lines)")
            #expect(!String(decoding: response.body, as: UTF8.self).contains("authenticator knows"))
            #expect(try body(response)["code"] == "BAD_CREDENTIALS")
        }
    }

    @Test("An unknown path or method is logged with the path", arguments: [HTTPMethod.get, .delete])
    func unknownPathsAreLogged(method: HTTPMethod) async throws {
        let target = method == .get ? "/v1/unknown" : "/v1/fine"
        let (lines, response) = try await lines(target, method)
        #expect(response.status == (method == .get ? 404 : 405))
        #expect(lines.map(\.level) == [.debug])
        #expect(lines.first?.fields == ["method": .string(method.rawValue), "path": .string(target)])
        #expect(lines.first?.traceId == "t1")
    }

    @Test("A request that exceeds its time limit is logged as an error", .timeLimit(.minutes(1)))
    func timeoutsAreLogged() async throws {
        let logger = RecordingLogger(level: .debug)
        let clock = VirtualClock()
        let (endpoint, items) = (HTTPEndpoint(), Items())
        try await assemble(
            endpoint, config: ["options.request_timeout": "300"],
            references: ["test:logger:recording:1:1.0": logger, "test:clock:virtual:default:1.0": clock])
        try await assemble(items, references: ["pip-services:endpoint:http:default:1.0": endpoint])
        try await items.open(.empty)
        async let response = endpoint.respond(to: RestRequest(.get, "/v1/slow"))
        try await waitUntil { clock.sleeperCount > 0 }
        clock.advance(by: .milliseconds(300))
        #expect(await response.status == 503)
        let lines = logger.messages.filter { $0.level == .error }
        #expect(lines.map(\.message) == ["Failed to execute GET /v1/slow method"])
        #expect(lines.first?.error?.contains("REQUEST_TIMEOUT") == true)
    }

    @Test("A request above the rate limit is logged at level debug, and its response has the trace id")
    func limitsAreLogged() async throws {
        let (lines, response) = try await lines(
            "/v1/fine", options: ["options.rate_limit": "0.000001", "options.rate_burst": "1"], count: 2)
        #expect(response.status == 429)
        #expect(try body(response)["trace_id"] == "t1")
        #expect(lines.map(\.level) == [.debug])
        #expect(lines.first?.fields["path"] == "/v1/fine")
    }

    @Test("The status in the body equals the status of the response") func statusesAgree() async throws {
        for isExposed in [false, true] {
            let (_, response) = try await lines("/v1/peer", options: ["options.expose_causes": "\(isExposed)"])
            #expect(response.status == 503)
            #expect(try body(response)["status"] == 503)
        }
    }
}
