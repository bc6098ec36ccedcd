#if PIP_AWS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for AWS use.
enum AWSFixture {
    static let keys = AWSCredentials(accessId: "AKIDEXAMPLE", accessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    /// The configuration of a component at an address.
    static func config(_ uri: String = "http://aws.test", _ more: ConfigParams = [:]) -> ConfigParams {
        let base: ConfigParams = [
            "connection.region": "us-east-1", "connection.uri": uri, "credential.access_id": "AKIDEXAMPLE",
            "credential.access_key": "secret", "options.retry_delay": "1", "options.retry_max_delay": "2",
        ]
        return base.override(more)
    }

    /// A component whose requests a connector carries out.
    static func assembled<C: Component>(
        _ component: C, _ config: ConfigParams, _ connector: any HTTPConnector & Component,
        clock: VirtualClock? = nil, _ more: [(Locator, any Sendable)] = []
    ) async throws -> C {
        var references: [(Locator, any Sendable)] = [("test:http-connector:test:default:1.0", connector)] + more
        if let clock { references.append(("test:clock:virtual:default:1.0", clock)) }
        return try await assemble(component, config: config, references: References(references))
    }

    /// An open client of a service.
    static func client(
        _ service: AWSService, _ config: ConfigParams, _ connector: any HTTPConnector & Component,
        clock: VirtualClock? = nil, environment: AnyValueMap = [:]
    ) async throws -> AWSClient {
        let client = try await assembled(
            AWSClient(service, environment: { AWSEnvironment(environment) }), config, connector, clock: clock)
        try await client.open(.empty)
        return client
    }

    static func client(_ service: AWSService, _ connector: any HTTPConnector & Component) async throws -> AWSClient {
        try await client(service, config(), connector)
    }

    static func json(_ status: Int, _ value: AnyValue, headers: HeaderFields = []) -> HTTPClientResponse {
        HTTPClientResponse(status: status, headers: headers, body: HTTPBody(JSONWriter.bytes(of: value)))
    }

    /// The operation of a request of a JSON protocol.
    static func operation(_ request: HTTPClientRequest) -> String {
        request[header: "X-Amz-Target"]?.parts(separatedBy: ".").last.map { String($0) } ?? ""
    }

    static func body(_ request: HTTPClientRequest) -> AnyValue {
        (try? JSONParser.parse(request.body.bytes ?? [])) ?? .null
    }

    /// The error that something throws.
    static func error(_ body: () async throws -> Void) async -> ApplicationError? {
        do { try await body() } catch { return error as? ApplicationError }
        return nil
    }

    /// The path of a stand-in.
    static func script(_ name: String) -> String {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        return path.appending(path: "Servers/\(name)").path
    }
}

#if PIP_CURL
/// Sends by libcurl, and lets a test look at what is sent, and answer in place of the server.
final class TappedConnector: HTTPConnector, Component {
    private let curl = CurlConnector()
    private let clock: VirtualClock?
    private let answer: @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse?
    private let kept = Locked<[HTTPClientRequest]>([])

    /// - Parameters:
    ///   - clock: the time at which the stand-in for AWS carries out requests to queues.
    ///   - answer: nil has a request sent.
    init(
        clock: VirtualClock? = nil,
        _ answer: @escaping @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse? = { _ in nil }
    ) {
        (self.clock, self.answer) = (clock, answer)
    }

    var requests: [HTTPClientRequest] { kept.current }

    func send(_ context: Context, _ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        kept.withLock { $0.append(request) }
        if let response = try await answer(request) { return response }
        guard let clock else { return try await curl.send(context, request) }
        // On a clock that is moved by hand, the stand-in does not wait: a long poll is one short poll after the other.
        let wait = AWSFixture.body(request)["WaitTimeSeconds"]?.getAsInteger() ?? 0
        // Nobody may move the clock of a poll that was left alone.
        let (end, bound) = (clock.uptime + .seconds(wait), SystemClock().uptime + .seconds(5))
        while true {
            var timed = request
            timed.headers.append(("X-Test-Uptime", "\(clock.uptime.milliseconds)"))
            let response = try await curl.send(context, timed)
            guard clock.uptime < end, SystemClock().uptime < bound,
                String(decoding: response.body.bytes ?? [], as: UTF8.self) == "{}"
            else {
                return response
            }
            // Whoever lets time pass sees somebody sleep, and a message may come at any time.
            let sleeper = Task { try? await clock.sleep(for: .seconds(1)) }
            try? await SystemClock().sleep(for: .milliseconds(20))
            sleeper.cancel()
            try Task.checkCancellation()
        }
    }
}

extension AWSFixture {
    /// The address of the stand-in for AWS that `make test` starts.
    static func server() throws -> String { "http://127.0.0.1:\(try DriverFixture.port("PIP_TEST_AWS"))" }

    /// The configuration of a component of the stand-in.
    static func serverConfig(_ more: ConfigParams = [:]) throws -> ConfigParams { config(try server(), more) }

    /// Runs boto3 against the stand-in, see `Tests/EndToEndTests/Peers/aws_peer.py`.
    static func boto(_ arguments: String...) async throws -> AnyValue { try await boto(arguments) }

    static func boto(_ arguments: [String]) async throws -> AnyValue {
        let text = try await DriverFixture.python("aws_peer.py", [try server()] + arguments)
        let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("RESULT ") }, "\(text)")
        return try JSONParser.parse(String(line.dropFirst(7)))
    }

    static func name(_ prefix: String = "q") -> String { "\(prefix)-\(IdGenerator.nextLong())" }
}
#endif
#endif
