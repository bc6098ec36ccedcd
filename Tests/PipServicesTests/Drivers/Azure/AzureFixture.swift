#if PIP_AZURE
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What the tests of the driver for Azure use.
enum AzureFixture {
    static let account = "devstoreaccount1"
    static let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    static let instrumentationKey = "11111111-2222-3333-4444-555555555555"
    /// The application that the stand-in's Microsoft Entra knows.
    static let application: ConfigParams = [
        "credential.tenant_id": "tenant-1", "credential.client_id": "app-1", "credential.client_secret": "s3cret+/= &",
    ]

    /// The configuration of a component of a storage service at an address.
    static func config(_ uri: String = "http://azure.test", _ more: ConfigParams = [:]) -> ConfigParams {
        let base: ConfigParams = [
            "connection.uri": uri, "credential.access_id": account, "credential.access_key": key,
            "options.retry_delay": "1", "options.retry_max_delay": "2",
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
        _ service: AzureService, _ config: ConfigParams, _ connector: any HTTPConnector & Component,
        clock: VirtualClock? = nil, environment: AnyValueMap = [:]
    ) async throws -> AzureClient {
        let client = try await assembled(
            AzureClient(service, environment: { AzureEnvironment(environment) }), config, connector, clock: clock)
        try await client.open(.empty)
        return client
    }

    static func json(_ status: Int, _ value: AnyValue, headers: [(name: String, value: String)] = [])
        -> HTTPClientResponse
    {
        HTTPClientResponse(status: status, headers: headers, body: HTTPBody(JSONWriter.bytes(of: value)))
    }

    /// A refusal of the queue service.
    static func refusal(_ status: Int, _ code: String, headers: [(name: String, value: String)] = [])
        -> HTTPClientResponse
    {
        let text = "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>text of \(code)</Message></Error>"
        return HTTPClientResponse(status: status, headers: headers, body: HTTPBody(Array(text.utf8)))
    }

    static func body(_ request: HTTPClientRequest) -> String {
        String(decoding: request.body.bytes ?? [], as: UTF8.self)
    }

    /// The error that something throws.
    static func error(_ body: () async throws -> Void) async -> ApplicationError? {
        do { try await body() } catch { return error as? ApplicationError }
        return nil
    }

    /// Certificate and private RSA key of an application, made by `openssl`.
    static func certificate() throws -> (certificate: String, key: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pip-azure-\(IdGenerator.nextLong())").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            "mkdir '\(folder)' && cd '\(folder)' && openssl req -x509 -newkey rsa:2048 -nodes -keyout app.key -out app.crt "
                + "-days 2 -subj /CN=app",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl cannot make certificates: is it installed?")
        return (folder + "/app.crt", folder + "/app.key")
    }
}

#if PIP_CURL
/// Sends to the stand-in by libcurl, and lets a test look at what is sent, and answer in place of the server.
final class AzureTap: HTTPConnector, Component {
    private let curl = CurlConnector()
    private let clock: VirtualClock?
    private let answer: @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse?
    private let kept = Locked<[HTTPClientRequest]>([])

    /// - Parameters:
    ///   - clock: the time at which the stand-in carries out requests.
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
        var request = request
        if let clock { request.headers.append(("X-Test-Uptime", "\(clock.uptime.milliseconds)")) }
        return try await curl.send(context, request)
    }

    /// Sends a request as it is.
    func forward(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        try await curl.send(.empty, request)
    }
}

extension AzureFixture {
    /// The address of a service of the stand-in that `make test` starts.
    static func server(_ service: String = "") throws -> String {
        "http://127.0.0.1:\(try DriverFixture.port("PIP_TEST_AZURE"))" + (service.isEmpty ? "" : "/" + service)
    }

    /// The configuration of a component of the stand-in's storage services.
    static func serverConfig(_ service: String, _ more: ConfigParams = [:]) throws -> ConfigParams {
        config(try server(service), more)
    }

    /// The configuration of a component of the stand-in that has tokens.
    static func tokenConfig(_ service: String, _ more: ConfigParams = [:]) throws -> ConfigParams {
        let base: ConfigParams = [
            "connection.uri": try server(service), "credential.authority": try server("entra"),
            "options.retry_delay": "1", "options.retry_max_delay": "2",
        ]
        return base.override(application).override(more)
    }

    /// Runs Azure's own clients against the stand-in, see `Tests/EndToEndTests/Peers/azure_peer.py`.
    static func sdk(_ arguments: String...) async throws -> AnyValue {
        let text = try await DriverFixture.python("azure_peer.py", [try server()] + arguments)
        let line = try #require(text.split(separator: "\n").last { $0.hasPrefix("RESULT ") }, "\(text)")
        return try JSONParser.parse(String(line.dropFirst(7)))
    }

    static func name(_ prefix: String = "q") -> String { "\(prefix)-\(IdGenerator.nextLong())" }
}
#endif
#endif
