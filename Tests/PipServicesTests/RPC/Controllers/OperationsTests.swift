import PipServicesTesting
import Testing

@testable import PipServices

@Suite struct OperationsTests {
    final class Things: RestController {
        let rest = RestHost()
        let about = AboutOperations()
        let heartbeat = HeartbeatOperations()
        let status = StatusOperations()
        var routes: [RestRoute] {
            RestRoute(.get, "/about", response: about.about)
            RestRoute(.get, "/alive", response: heartbeat.heartbeat)
            RestRoute(.get, "/state", response: status.status)
        }
    }

    final class Sick: Component, Readiness {
        func checkReadiness(_ context: Context) async throws {
            throw ApplicationError.connection(code: "DOWN", "the store is down")
        }
    }

    private func with(
        _ extra: String = "", health: String = "{}", logger: RecordingLogger = RecordingLogger(),
        _ body: @Sendable (HTTPEndpoint, Container) async throws -> Void
    ) async throws {
        let yaml = """
            - descriptor: pip-services:context-info:default:default:1.0
              name: things
            - descriptor: pip-services:endpoint:http:default:1.0
              connection: { host: 127.0.0.1, port: 0 }
            - descriptor: test:logger:recording:default:1.0
            - descriptor: pip-services:health-controller:http:default:1.0
              options: \(health)
            - descriptor: test:controller:rest:default:1.0
            \(extra)
            """
        let factory = Factory("test:controller:rest:*:1.0") { Things() }.register("test:sick:a:*:1.0") { Sick() }
            .register("test:logger:recording:*:1.0") { logger }
        try await withContainer(yaml: yaml, factories: [factory], clock: VirtualClock()) {
            try await body(try $0.references.getOneRequired("*:endpoint:http:*:1.0"), $0)
        }
    }

    private func get(
        _ endpoint: HTTPEndpoint, _ path: String, _ headers: [(name: String, value: String)] = []
    ) async throws -> (Int, AnyValue) {
        var request = RestRequest(.get, path, headers: HeaderFields(headers))
        request.connection = { RestConnection(remoteAddress: "10.9.9.9") }
        let response = await endpoint.respond(to: request)
        return (response.status, try JSONConverter.fromJSON(String(decoding: response.body, as: UTF8.self)))
    }

    @Test func aboutTellsOfServerAndClient() async throws {
        try await with { endpoint, _ in
            let (status, about) = try await get(
                endpoint, "/about",
                [
                    ("Host", "things.example:81"), ("X-Forwarded-For", "10.0.0.1:99, 10.0.0.2"),
                    ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 Chrome/90 Safari/537"),
                ])
            #expect(status == 200)
            let values = Parameters(about)
            for (path, value) in [
                ("server.name", "things"), ("server.host", "things.example"), ("server.port", 81),
                ("server.protocol", "http"), ("server.url", "http://things.example:81/about"),
                ("client.address", "10.9.9.9"), ("client.client", "chrome"), ("client.platform", "windows 10.0"),
            ] as [(String, AnyValue)] { #expect(values[path] == value, "\(path)") }
        }
    }

    @Test func heartbeatAndStatusAreHandlersToo() async throws {
        try await with { endpoint, _ in
            #expect(try await get(endpoint, "/alive").1 == "2024-01-01T00:00:00.000Z")
            let values = Parameters(try await get(endpoint, "/state").1)
            #expect(values["name"] == "things")
            #expect(values.getAsArray("components").count > 3)
        }
    }

    @Test func aHealthyServiceIsReady() async throws {
        try await with { endpoint, _ in
            #expect(try await get(endpoint, "/health/live") == (200, ["status": "live"]))
            let (status, report) = try await get(endpoint, "/health/ready")
            #expect(status == 200)
            #expect(Parameters(report)["status"] == "ready")
            #expect(Parameters(report)["state"] == "running")
        }
    }

    @Test("A service with an unready component is not ready, and logs the reason once")
    func sickComponent() async throws {
        let logger = RecordingLogger()
        try await with("- descriptor: test:sick:a:default:1.0", logger: logger) { endpoint, _ in
            #expect(try await get(endpoint, "/health/live").0 == 200)
            for _ in 0..<2 {
                let (status, report) = try await get(endpoint, "/health/ready")
                #expect(status == 503)
                let text = JSONConverter.toJSON(report)
                #expect(text.contains("test:sick:a:default:1.0"))
                #expect(!text.contains("the store is down"), "anybody may ask, and reasons contain internals")
            }
        }
        #expect(logger.messages.filter { $0.message.contains("the store is down") }.count == 1)
    }

    @Test("Callers receive the reasons with options.reasons")
    func reasons() async throws {
        try await with("- descriptor: test:sick:a:default:1.0", health: "{ reasons: true }") { endpoint, _ in
            let report = try await get(endpoint, "/health/ready").1
            #expect(JSONConverter.toJSON(report).contains("the store is down"))
        }
    }

    @Test(arguments: [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", "macosx 10.15.7", "safari"),
        ("Mozilla/5.0 (Linux; Android 9) Firefox/90", "android 9", "firefox"), ("curl/8", "unknown", "unknown"),
        ("Mozilla (compatible; MSIE 10.0; Windows NT 6.1)", "windows 6.1", "msie"), ("", "unknown", "unknown"),
        ("x Mobile x", "mobile", "unknown"), ("windows nt ", "windows", "unknown"),
    ])
    func agentsAreDetected(agent: String, platform: String, browser: String) {
        let detector = HTTPRequestDetector(
            RestRequest(.get, "/", headers: HeaderFields([(name: "User-Agent", value: agent)])))
        #expect(detector.platform == platform)
        #expect(detector.browser == browser)
    }

    @Test(
        arguments: [
            ("[::1]:80", "::1", 80), ("::1", "::1", nil), ("h", "h", nil), (":80", nil, 80), ("h:x", "h", nil),
            ("[", "[", nil),
        ] as [(String, String?, Int?)])
    func hostsAreRead(text: String, host: String?, port: Int?) {
        let detector = HTTPRequestDetector(
            RestRequest(.get, "/", headers: HeaderFields([(name: "Host", value: text)])))
        #expect(detector.serverHost == host)
        #expect(detector.serverPort == port)
    }

    @Test func sendersHaveTheirStatus() {
        struct Some: RestOperations {}
        let (some, context) = (Some(), Context(traceId: "t"))
        for (response, status, code) in [
            (some.sendBadRequest(context, "m"), 400, "BAD_REQUEST"),
            (some.sendUnauthorized(context, "m"), 401, "UNAUTHORIZED"),
            (some.sendNotFound(context, "m"), 404, "NOT_FOUND"), (some.sendConflict(context, "m"), 409, "CONFLICT"),
            (some.sendSessionExpired(context, "m"), 440, "SESSION_EXPIRED"),
            (some.sendInternalError(context, "m"), 500, "INTERNAL"),
            (some.sendServerUnavailable(context, "m"), 503, "SERVER_UNAVAILABLE"),
            (some.sendTooManyRequests(context, "m"), 429, "TOO_MANY_REQUESTS"),
        ] {
            #expect(response.status == status)
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(text.contains("\"\(code)\"") && text.contains(#""trace_id":"t""#))
        }
        #expect(some.sendEmptyResult().status == 204)
    }
}
