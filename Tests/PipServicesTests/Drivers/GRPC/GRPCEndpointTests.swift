#if PIP_GRPC
import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// The life of an endpoint and of its calls.
@Suite struct GRPCEndpointTests {
    @Test func aPortInUseIsAnErrorThatNamesIt() async throws {
        try await withGRPCCommands { _, _, port in
            let error = await grpcError {
                try await withGRPCCommands(connection: "{ host: 127.0.0.1, port: \(port) }") { _, _, _ in }
            }
            #expect(error?.code == "CANNOT_CONNECT")
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            #expect(error?.cause?.contains("in use") == true, "\(error?.cause ?? "")")
        }
    }

    @Test func aHostNameIsResolved() async throws {
        try await withGRPCCommands(connection: "{ host: localhost, port: 0 }") { container, _, port in
            #expect(port > 0)
        }
        let error = await grpcError {
            try await withGRPCCommands(connection: "{ host: nobody.invalid, port: 0 }") { _, _, _ in }
        }
        #expect(error?.code == "CANNOT_CONNECT")
    }

    @Test func wrongConnectionsAreConfigurationErrors() async throws {
        for (connection, code) in [
            ("{ protocol: grpc, host: 127.0.0.1, port: 0 }", "WRONG_PROTOCOL"),
            ("{ protocol: https, host: 127.0.0.1, port: 0 }", "NO_CREDENTIAL"),
            ("{ uri: 'http://127.0.0.1:0/path' }", "BAD_URI"),
        ] {
            let error = await grpcError { try await withGRPCCommands(connection: connection) { _, _, _ in } }
            #expect(error?.code == code, "\(connection)")
        }
    }

    /// A controller that comes while the service runs is served, and no more when it has gone.
    @Test func controllersComeAndGo() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestGRPCClient(container, service: "dummies.Dummies")
            var id = TestDummyId()
            id.dummyID = "1"
            func code() async -> String? {
                await grpcError { [id] in let _: TestDummy = try await client.call("GetDummy", id) }?.code
            }
            #expect(await code() == "GRPC_UNIMPLEMENTED")
            let controller = DummiesController()
            try await container.put(.empty, "test:controller:grpc:late:1.0", controller)
            #expect(await code() == nil)
            _ = try await container.remove(.empty, "test:controller:grpc:late:1.0")
            #expect(await code() == "GRPC_UNIMPLEMENTED")
            await client.close()
        }
    }

    /// What is sent after the service has stopped to listen.
    @Test func anEndpointThatIsClosedIsNotReached() async throws {
        let port = try await withGRPCCommands { _, _, port in port }
        try await withGRPCClient([port], options: "{ retries: 0 }") { client in
            let error = await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "echo") }
            #expect(error?.code == "CANNOT_CONNECT")
            #expect(error?.category == .noResponse)
        }
    }

    @Test func aCallInFlightIsAnsweredAtShutdown() async throws {
        let commands = Locked<GRPCCommands?>(nil)
        let result = Locked<String?>(nil)
        let call = Locked<Task<Void, any Error>?>(nil)
        try await withGRPCCommands { _, service, port in
            commands.withLock { $0 = service }
            let task = Task {
                try await withGRPCClient([port]) { client in
                    let held: String? = try await client.callCommand(.empty, "hold")
                    result.withLock { $0 = held }
                }
            }
            call.withLock { $0 = task }
            try await waitUntil(within: .seconds(30)) { service.waiting.current == 1 }
            Task {
                // The service is closing when the call ends.
                try await Task.sleep(for: .milliseconds(300))
                service.gate.open()
            }
        }
        try await call.current?.value
        #expect(result.current == "held")
    }

    @Test func aDrainThatIsCancelledCancelsItsCalls() async throws {
        try await withGRPCCommands { container, commands, port in
            let endpoint = try container.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
            let call = Task {
                await grpcError {
                    try await withGRPCClient([port], options: "{ retries: 0 }") { client in
                        let _: AnyValue? = try await client.callCommand(.empty, "wait")
                    }
                }
            }
            try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
            let drain = Task { await endpoint.drain(.empty) }
            try await waitUntil(within: .seconds(30)) { endpoint.isDraining }
            #expect(commands.cancelled.current == 0)
            drain.cancel()
            await drain.value
            try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 1 }
            #expect(await call.value?.category == .noResponse)
        }
    }

    @Test func aClientThatCancelsStopsTheHandler() async throws {
        try await withGRPCCommands { container, commands, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let call = Task { try await client.callCommand("wait", as: AnyValue.self) }
            try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 1 }
            await client.close()
        }
    }

    @Test func aDeadlineThatPassesStopsBothSides() async throws {
        try await withGRPCCommands { container, commands, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.timeout": "300"])
            let error = await grpcError { _ = try await client.callCommand("wait", as: AnyValue.self) }
            #expect(error?.code == "TIMEOUT")
            #expect(error?.category == .noResponse)
            try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 1 }
            await client.close()
        }
    }

    /// The client allows any time, the endpoint does not; its time is that of the service's clock.
    @Test func theEndpointBoundsCallsByTheServicesClock() async throws {
        let clock = VirtualClock()
        try await withGRPCCommands(endpoint: "{ request_timeout: 1000 }", clock: clock) { container, commands, port in
            try await withGRPCClient([port], options: "{ timeout: 0, retries: 0 }") { client in
                let call = Task { await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "wait") } }
                // One that goes on would keep the service from closing.
                defer { call.cancel() }
                try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
                #expect(commands.cancelled.current == 0)
                clock.advance(by: .milliseconds(1001))
                try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 1 }
                #expect(await call.value?.code == "TIMEOUT")
            }
        }
    }

    @Test func maintenanceRefusesCallsButNotProbes() async throws {
        try await withGRPCCommands(endpoint: "{ maintenance_enabled: true }") { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let error = await grpcError { _ = try await client.callCommand("echo", as: AnyValue.self) }
            #expect(error?.code == "MAINTENANCE")
            let health = try await TestGRPCClient(container, service: GRPCHealth.service)
            let response: GRPCHealthCheckResponse = try await health.call("Check", GRPCHealthCheckRequest())
            #expect(response.status == .serving)
            await client.close()
            await health.close()
        }
    }

    @Test func callsAboveTheLimitAreRefused() async throws {
        try await withGRPCCommands(endpoint: "{ max_in_flight: 1 }") { container, commands, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let first = Task { try await client.callCommand("hold", as: String.self) }
            try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
            let error = await grpcError { _ = try await client.callCommand("echo", as: AnyValue.self) }
            #expect(error?.code == "OVERLOADED")
            commands.gate.open()
            #expect(try await first.value == "held")
            #expect(try await client.callCommand("number") == 5)
            await client.close()
        }
    }

    @Test func aMessageAboveTheLimitIsRefused() async throws {
        try await withGRPCCommands(endpoint: "{ request_max_size: 1000 }") { container, _, _ in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            let long: AnyValue = .string(String(repeating: "x", count: 2000))
            let error = await grpcError { _ = try await client.callCommand("echo", ["a": long], as: AnyValue.self) }
            #expect(error != nil)
            // The connection goes on.
            #expect(try await client.callCommand("number") == 5)
            await client.close()
        }
    }

    @Test func aMessageAboveTheLimitOfTheClientIsNotSent() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.request_max_size": "1000"])
            let long: AnyValue = .string(String(repeating: "x", count: 2000))
            let error = await grpcError { _ = try await client.callCommand("echo", ["a": long], as: AnyValue.self) }
            #expect(error?.code == "REQUEST_TOO_LARGE")
            await client.close()
        }
    }

    @Test func aReplyAboveTheLimitOfTheClientIsAnError() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.response_max_size": "1000", "options.retries": "0"])
            let long: AnyValue = .string(String(repeating: "x", count: 2000))
            let error = await grpcError { _ = try await client.callCommand("echo", ["a": long], as: AnyValue.self) }
            #expect(error?.category == .noResponse, "\(error as Any)")
            await client.close()
        }
    }

    @Test func compressedRequestsAreRead() async throws {
        try await withGRPCCommands { container, _, _ in
            let client = try await TestCommandableGRPCClient(
                container, name: "dummy", options: ["options.compression": "true"])
            let long: AnyValue = .string(String(repeating: "x", count: 200_000))
            let echo: AnyValueMap? = try await client.callCommand("echo", ["a": long])
            #expect(echo?["a"] == long)
            await client.close()
        }
    }

    /// Times that no clock can sleep for, and what is no time.
    @Test(arguments: ["99999999H", "-1S", "1", "S", "123456789S", "0n", "1m1", "99999999999999999999S", "é"])
    func anyTimeoutIsSurvived(text: String) async throws {
        #expect((GRPCCall.timeout(text) != nil) == ["99999999H", "0n"].contains(text))
    }

    @Test(arguments: ["garbage after the preface", "no preface", "TLS to a plain port"])
    func garbageIsSurvived(kind: String) async throws {
        try await withGRPCCommands { container, _, port in
            let client = try await TestCommandableGRPCClient(container, name: "dummy")
            for _ in 0..<5 {
                let connection = try RawConnection(port: port)
                switch kind {
                case "no preface": _ = try await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                case "TLS to a plain port": _ = try await connection.send([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])
                default:
                    _ = try await connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                    _ = try await connection.send((0..<500).map { UInt8(truncatingIfNeeded: $0 &* 37) })
                }
                // The server need not answer, and the client goes.
                withExtendedLifetime(connection) {}
            }
            #expect(try await client.callCommand("number") == 5)
            await client.close()
        }
    }
}
#endif
