#if PIP_GRPC
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// grpcio, which nobody here wrote, and the toolkit's Python edition, at the other end: as clients and as servers.
@Suite struct GRPCPeerTests {
    private static let done = "All calls answered as expected.\n"

    /// A service with commands and with a custom service.
    private func withBoth(_ body: @Sendable (GRPCCommands, DummiesController, Int) async throws -> Void) async throws {
        let dummies = DummiesController()
        try await withGRPCCommands(
            others: "- descriptor: test:controller:grpc:default:1.0",
            factories: [Factory("test:controller:grpc:*:1.0") { dummies }]
        ) { _, commands, port in try await body(commands, dummies, port) }
    }

    @Test func grpcioCallsEverything() async throws {
        try await withBoth { commands, dummies, port in
            let output = try await DriverFixture.python("grpc_peer.py", ["client", "\(port)"])
            #expect(output.hasSuffix(Self.done))
            // The call whose time passed, and the one that was cancelled.
            try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 2 }
            try await waitUntil(within: .seconds(30)) { dummies.isCancelled.current }
        }
    }

    @Test func theEditionsClientUnderstandsCommands() async throws {
        try await withBoth { _, _, port in
            let output = try await DriverFixture.python("grpc_peer.py", ["edition", "\(port)"])
            #expect(output.hasSuffix(Self.done))
        }
    }

    /// Runs a server of the peer script.
    private func withPeer(_ action: String, _ body: (DriverChildProcess, Int) async throws -> Void) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test-grpc', which installs them")
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        let process = try DriverChildProcess(
            URL(fileURLWithPath: python), [path.appending(path: "EndToEndTests/Peers/grpc_peer.py").path, action])
        var port: Int?
        try await waitUntil(within: .seconds(60)) {
            let text = process.result().text
            if let match = text.firstMatch(of: #/port (\d+)\n/#) { port = Int(match.1) }
            try #require(process.isRunning || port != nil, "\(text)")
            return port != nil
        }
        defer { process.terminate() }
        try await body(process, try #require(port))
    }

    @Test func grpcioIsCalled() async throws {
        try await withPeer("server") { process, port in
            try await withGRPCClient([port], options: "{ retries: 0, circuit_failures: 0 }") { client in
                let sent: AnyValueMap = ["text": "Zürich 東京 👩‍👩‍👧 \u{0}\n", "list": [1, .null, 1.5]]
                let echo: AnyValueMap? = try await client.callCommand(.empty, "echo", Parameters(sent))
                #expect(echo == sent)
                let long: AnyValue = .string(String(repeating: "ü", count: 524_288))
                let big: AnyValueMap? = try await client.callCommand(.empty, "echo", ["a": long])
                #expect(big?["a"] == long)
                for name in ["null", "nothing"] {
                    #expect(try await client.callCommand(.empty, name, [:], as: AnyValue.self) == nil)
                }

                var context = Context(traceId: "t-1", deadline: SystemClock().uptime + .seconds(20))
                context.traceParent = TraceParent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                let seen: AnyValueMap? = try await client.callCommand(context, "context")
                #expect(seen?["trace_id"] == "t-1")
                #expect(seen?["field"] == "t-1")
                #expect(seen?["traceparent"]?.string?.contains("0af7651916cd43dd8448eb211c80319c") == true)
                // The client's own limit is 10 seconds.
                #expect((1.0...10.1).contains(seen?.getAsDouble("left") ?? 0), "\(seen as Any)")

                for category: ErrorCategory in [
                    .unknown, .internal, .misconfiguration, .invalidState, .failedInvocation, .fileError, .badRequest,
                    .unauthorized, .notFound, .conflict, .tooManyRequests, .unsupported,
                ] {
                    let error = await grpcError {
                        let _: AnyValue? = try await client.callCommand(
                            .empty, "fail", ["category": .string(category.rawValue)])
                    }
                    #expect(error?.category == category)
                    #expect(error?.code == "TEST_CODE")
                    #expect(error?.status == category.status)
                    #expect(error?.message == "Größe: 大")
                    #expect(error?.traceId == "theirs")
                    #expect(error?.cause == "a cause")
                    #expect(error?.details == ["key": "value"])
                }
                let statuses: [(String, ErrorCategory, Int)] = [
                    ("NOT_FOUND", .notFound, 404), ("PERMISSION_DENIED", .unauthorized, 403),
                    ("UNAUTHENTICATED", .unauthorized, 401), ("ALREADY_EXISTS", .conflict, 409),
                    ("ABORTED", .conflict, 409), ("OUT_OF_RANGE", .badRequest, 400),
                    ("INVALID_ARGUMENT", .badRequest, 400), ("RESOURCE_EXHAUSTED", .tooManyRequests, 429),
                    ("FAILED_PRECONDITION", .invalidState, 500), ("UNIMPLEMENTED", .unsupported, 500),
                    ("DATA_LOSS", .internal, 500), ("INTERNAL", .internal, 500), ("UNKNOWN", .unknown, 500),
                    ("CANCELLED", .noResponse, 500),
                ]
                for (code, category, status) in statuses {
                    let error = await grpcError {
                        let _: AnyValue? = try await client.callCommand(.empty, "status", ["code": .string(code)])
                    }
                    #expect(error?.category == category, "\(code)")
                    #expect(error?.code == "GRPC_\(code)", "\(code)")
                    #expect(error?.status == status, "\(code)")
                    #expect(error?.message == "Größe: 大", "\(code)")
                }
                func code(_ name: String) async -> String? {
                    await grpcError { let _: AnyValue? = try await client.callCommand(.empty, name) }?.code
                }
                #expect(await code("garbage") == "BAD_RESPONSE")
                // Python's form of an unknown method.
                #expect(await code("nobody") == "METHOD_NOT_FOUND")
            }
            // grpc-node#2772: a method with one reply that sends none, or two, must not make the client hang.
            let raw = GRPCClient(service: "dummies.Dummies")
            try await withContainer(
                yaml: """
                    - descriptor: test:client:grpc:default:1.0
                      connection: { host: 127.0.0.1, port: \(port) }
                    """, factories: [Factory("test:client:grpc:*:1.0") { raw }]
            ) { _ in
                for name in ["none", "two"] {
                    var id = TestDummyId()
                    id.dummyID = name
                    let error = await grpcError { [id] in
                        let _: TestDummy = try await raw.call(.empty, "GetDummy", id)
                    }
                    #expect(error?.code == "BAD_RESPONSE", "\(name)")
                }
            }
            try await withGRPCClient([port], options: "{ timeout: 300, retries: 0 }") { client in
                let error = await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "wait") }
                #expect(error?.code == "TIMEOUT")
            }
            try await withGRPCClient([port], options: "{ retries: 3, retry_delay: 1 }") { client in
                let error = await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "die") }
                #expect(error?.code == "UNAVAILABLE")
                try await waitUntil(within: .seconds(30)) { !process.isRunning }
            }
        }
    }

    @Test func theEditionsControllerIsCalled() async throws {
        try await withPeer("edition-server") { _, port in
            try await withGRPCClient([port]) { client in
                let echo: AnyValueMap? = try await client.callCommand(.empty, "echo", ["a": "Zürich 東京"])
                #expect(echo == ["a": "Zürich 東京"])
                let one: AnyValueMap? = try await client.callCommand(.empty, "get_one", ["id": "5"])
                #expect(one == ["id": "5"])
                #expect(try await client.callCommand(.empty, "nothing", [:], as: AnyValue.self) == nil)
                let invalid = await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "get_one") }
                #expect(invalid?.category == .badRequest)
                #expect(invalid?.code == "INVALID_DATA")
                for category: ErrorCategory in [.badRequest, .notFound, .conflict, .unauthorized, .invalidState] {
                    let error = await grpcError {
                        let _: AnyValue? = try await client.callCommand(
                            .empty, "fail", ["category": .string(category.rawValue)])
                    }
                    #expect(error?.category == category)
                    #expect(error?.code == "TEST_CODE")
                    #expect(error?.status == category.status)
                }
                let unknown = await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "nobody") }
                #expect(unknown?.category == .failedInvocation)
                #expect(unknown?.code == "METHOD_NOT_FOUND")
                #expect(unknown?.details["method"] == "dummy.nobody")
            }
        }
    }
}
#endif
