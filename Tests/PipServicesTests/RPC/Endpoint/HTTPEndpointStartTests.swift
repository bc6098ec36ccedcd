import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// What an endpoint starts, and when.
@Suite struct HTTPEndpointStartTests {
    /// A server that notes its calls in the log of the test.
    private struct NotingServer: HTTPServer {
        let log: Locked<[String]>

        init(_ log: Locked<[String]>) {
            self.log = log
            log.withLock { $0.append("created") }
        }

        func start() async throws -> Int {
            log.withLock { $0.append("started") }
            return 8080
        }

        func stop() async { log.withLock { $0.append("stopped") } }
    }

    @Test("An endpoint creates its server when it starts accepting, not when it is created, checked or opened")
    func serverIsCreatedLate() async throws {
        let log = Locked<[String]>([])
        let factory = Factory("pip-services:endpoint:http:*:1.0") {
            HTTPEndpoint { _ in NotingServer(log) }
        }
        let container = Container("test", factories: [factory])
        let yaml = "- descriptor: pip-services:endpoint:http:default:1.0\n  connection: { host: 127.0.0.1, port: 0 }"
        let document = try ConfigText.read(yaml, format: .yaml, file: "test.yml", parameters: [:])
        await container.configure(ContainerConfig(document))
        let problems = await container.check()
        #expect(!problems.contains { $0.severity == .error })
        #expect(log.current == [])
        let endpoint = try await assemble(
            HTTPEndpoint { _ in NotingServer(log) }, config: ["connection.host": "127.0.0.1", "connection.port": "0"])
        try await endpoint.open(.empty)
        #expect(log.current == [])
        try await endpoint.startAccepting(.empty)
        #expect(log.current == ["created", "started"])
        #expect(endpoint.address == "http://127.0.0.1:8080")
        await endpoint.drain(.empty)
        #expect(log.current == ["created", "started", "stopped"])
        #expect(endpoint.port == nil)
    }

    @Test(
        "An endpoint refuses a URI with a path or a user",
        arguments: [
            "http://127.0.0.1:0/gateway", "http://ann:secret@127.0.0.1:0",
        ])
    func uriOfEndpoint(uri: String) async throws {
        let endpoint = try await assemble(
            HTTPEndpoint { _ in CancelledServer() }, config: ["connection.uri": uri])
        let error = await #expect(throws: ApplicationError.self) { try await endpoint.open(.empty) }
        #expect(error?.code == "BAD_URI")
        #expect(error?.message.contains("secret") == false)
    }

    /// A server whose start is cancelled.
    private struct CancelledServer: HTTPServer {
        func start() async throws -> Int { throw CancellationError() }
        func stop() async {}
    }

    @Test("A cancelled start fails with CancellationError, not with an unavailable address")
    func cancelledStartIsNoConnectionError() async throws {
        let endpoint = try await assemble(
            HTTPEndpoint { _ in CancelledServer() },
            config: ["connection.host": "127.0.0.1", "connection.port": "0"])
        await #expect(throws: CancellationError.self) { try await endpoint.startAccepting(.empty) }
        #expect(!endpoint.isOpen)
    }

    /// A discovery service that knows an address and takes none.
    private struct RefusingDiscovery: Discovery {
        func register(_ context: Context, _ key: String, _ connection: ConnectionParams) async throws
            -> ConnectionParams
        {
            throw CancellationError()
        }
        func resolveOne(_ context: Context, _ key: String) async throws -> ConnectionParams? {
            ["host": "127.0.0.1", "port": "0"]
        }
        func resolveAll(_ context: Context, _ key: String) async throws -> [ConnectionParams] {
            try await resolveOne(context, key).map { [$0] } ?? []
        }
    }

    @Test("A start cancelled after the server listens leaves nothing behind")
    func lateCancellationStopsTheServer() async throws {
        let log = Locked<[String]>([])
        let endpoint = try await assemble(
            HTTPEndpoint { _ in NotingServer(log) }, config: ["connection.discovery_key": "k"],
            references: ["test:discovery:refusing:default:1.0": RefusingDiscovery()])
        await #expect(throws: CancellationError.self) { try await endpoint.startAccepting(.empty) }
        #expect(log.current == ["created", "started", "stopped"])
        #expect(endpoint.port == nil)
    }

    #if PIP_HTTP
    @Test("A cancelled start leaves no server behind")
    func cancelledStartEndsItsServer() async throws {
        let port = try Sockets.freePort()
        let endpoint = try await assemble(
            HTTPEndpoint { configuration in
                // The last moment before the server starts.
                withUnsafeCurrentTask { $0?.cancel() }
                return try configuration.makeServer()
            }, config: ["connection.host": "127.0.0.1", "connection.port": "\(port)"])
        let start = Task { try await endpoint.startAccepting(.empty) }
        await #expect(throws: CancellationError.self) { try await start.value }
        #expect(!endpoint.isOpen)
        // A server that was left behind would listen soon.
        for _ in 0..<50 {
            try #require(!Sockets.accepts(port))
            try await SystemClock().sleep(for: .milliseconds(10))
        }
    }
    #endif
}
