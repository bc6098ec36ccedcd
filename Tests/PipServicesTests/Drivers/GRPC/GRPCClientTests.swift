#if PIP_GRPC
import Foundation
import PipServicesTesting
import TestSupport
import Testing

@testable import PipServices

/// What a client does when its peer fails.
@Suite struct GRPCClientTests {
    @Test func anAddressThatIsDownIsPassedOver() async throws {
        let dead = try await withGRPCCommands { _, _, port in port }
        try await withGRPCCommands { _, commands, port in
            try await withGRPCClient([dead, port, dead], options: "{ retries: 0, circuit_failures: 0 }") { client in
                for number in 1...20 {
                    let count: Int? = try await client.callCommand(.empty, "count")
                    #expect(count == number)
                }
            }
        }
    }

    @Test func aClientThatNobodyHasAnyMoreHasNoConnection() async throws {
        let port = try await withGRPCCommands { _, _, port in port }
        let resilience = ResilienceSettings()
        var target: GRPCTarget? = try GRPCTarget(
            .empty, ["host": "127.0.0.1", "port": "\(port)"], settings: GRPCClientSettings()
        ) { _, _ in resilience.makeCircuitBreaker() }
        weak let channel = try target?.channel(.empty)
        #expect(channel != nil)
        target = nil
        try await waitUntil(within: .seconds(30)) { channel == nil }
    }

    /// A header that is too large would end every call of the operation.
    @Test func aLongTraceIdIsCutOff() async throws {
        try await withGRPCCommands { _, commands, port in
            try await withGRPCClient([port]) { client in
                let context = Context(traceId: String(repeating: "x", count: 100_000))
                let _: AnyValueMap? = try await client.callCommand(context, "trace")
            }
            #expect(commands.contexts.current.first?.traceId == String(repeating: "x", count: 128))
        }
    }

    @Test func aServiceThatComesBackIsFoundAgain() async throws {
        let port = try await withGRPCCommands { _, _, port in port }
        try await withGRPCClient(
            [port], options: "{ retries: 0, reconnect_delay: 10, reconnect_max_delay: 50, circuit_pause: 10 }"
        ) { client in
            for _ in 0..<6 {
                let error = await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }
                #expect(["CANNOT_CONNECT", "CIRCUIT_OPEN"].contains(error?.code))
            }
            try await withGRPCCommands(connection: "{ host: 127.0.0.1, port: \(port) }") { _, _, _ in
                try await waitUntil(within: .seconds(30)) {
                    (try? await client.callCommand(.empty, "number", [:], as: Int.self)) == 5
                }
            }
        }
    }

    /// A retry bridges the time until the service is there.
    @Test func aCallThatWasNotSentIsTriedAgain() async throws {
        let port = try await withGRPCCommands { _, _, port in port }
        try await withGRPCClient(
            [port],
            options: "{ retries: 50, retry_delay: 50, retry_max_delay: 100, retry_budget: 0, reconnect_delay: 10, "
                + "reconnect_max_delay: 50, circuit_failures: 0, timeout: 30000 }"
        ) { client in
            let call = Task { try await client.callCommand(.empty, "count", [:], as: Int.self) }
            try await Task.sleep(for: .milliseconds(200))
            try await withGRPCCommands(connection: "{ host: 127.0.0.1, port: \(port) }") { _, commands, _ in
                let count = try await call.value
                #expect(count == 1)
                #expect(commands.count.current == 1)
            }
        }
    }

    @Test func aBreakerOpensAndIsLoggedOnce() async throws {
        let port = try await withGRPCCommands { _, _, port in port }
        try await withGRPCClient(
            [port], options: "{ retries: 0, circuit_failures: 3, circuit_pause: 60000, reconnect_delay: 1 }"
        ) { client in
            var codes: [String] = []
            for _ in 0..<5 {
                let error = await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }
                codes.append(error?.code ?? "")
            }
            #expect(codes == ["CANNOT_CONNECT", "CANNOT_CONNECT", "CANNOT_CONNECT", "CIRCUIT_OPEN", "CIRCUIT_OPEN"])
        }
    }

    @Test func aServicesErrorsDoNotOpenTheBreaker() async throws {
        try await withGRPCCommands { _, _, port in
            try await withGRPCClient([port], options: "{ retries: 0, circuit_failures: 2 }") { client in
                for _ in 0..<5 {
                    let error = await grpcError {
                        let _: Int? = try await client.callCommand(.empty, "fail", ["category": "Internal"])
                    }
                    #expect(error?.code == "TEST_CODE")
                }
            }
        }
        try await withDummies { container, _ in
            let client = try await TestGRPCClient(
                container, service: "dummies.Dummies",
                options: ["options.retries": "0", "options.circuit_failures": "2"])
            for _ in 0..<5 {
                var id = TestDummyId()
                id.dummyID = "InvalidState!"
                let error = await grpcError { [id] in let _: TestDummy = try await client.call("GetDummy", id) }
                #expect(error?.code == "TEST_CODE")
            }
            await client.close()
        }
    }

    @Test func callsAboveTheBulkheadAreRefused() async throws {
        try await withGRPCCommands { _, commands, port in
            try await withGRPCClient([port], options: "{ max_calls: 1, max_waiting: 1 }") { client in
                let first = Task { try await client.callCommand(.empty, "hold", [:], as: String.self) }
                try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
                // One of them waits, and the other one finds no room to.
                let refused = Locked<[String]>([])
                let others = (0..<2).map { _ in
                    Task {
                        let error = await grpcError { let _: String? = try await client.callCommand(.empty, "hold") }
                        if let error { refused.withLock { $0.append(error.code) } }
                    }
                }
                try await waitUntil(within: .seconds(30)) { refused.withLock { !$0.isEmpty } }
                commands.gate.open()
                #expect(try await first.value == "held")
                for other in others { await other.value }
                #expect(refused.current == ["BULKHEAD_FULL"])
            }
        }
    }

    /// The peer may have carried the call out: it is not sent again.
    @Test func aServerThatDiesInACallIsAnErrorAndNoRetry() async throws {
        try await withGRPCCommands { _, commands, port in
            let proxy = try FaultProxy(to: port)
            try await withGRPCClient([proxy.port], options: "{ retries: 3, retry_delay: 1 }") { client in
                let call = Task { await grpcError { let _: AnyValue? = try await client.callCommand(.empty, "wait") } }
                try await waitUntil(within: .seconds(30)) { commands.waiting.current == 1 }
                proxy.reset()
                let error = await call.value
                #expect(error?.category == .noResponse)
                #expect(error?.code == "UNAVAILABLE")
                #expect(commands.waiting.current == 1)
                // The server notices too.
                try await waitUntil(within: .seconds(30)) { commands.cancelled.current == 1 }
            }
        }
    }

    /// An idempotent call of a custom service is tried again after the connection broke.
    @Test func anIdempotentCallIsTriedAgain() async throws {
        let controller = DummiesController()
        try await withDummies(controller) { container, _ in
            let endpoint = try container.references.getOneRequired("*:endpoint:grpc:*:1.0", as: GRPCEndpoint.self)
            let proxy = try FaultProxy(to: try #require(endpoint.port))
            let client = GRPCClient(service: "dummies.Dummies")
            try await withContainer(
                yaml: """
                    - descriptor: test:client:grpc:default:1.0
                      connection: { host: 127.0.0.1, port: \(proxy.port) }
                      options: { retry_delay: 1, reconnect_delay: 1 }
                    """, factories: [Factory("test:client:grpc:*:1.0") { client }]
            ) { _ in
                var id = TestDummyId()
                id.dummyID = "1"
                let _: TestDummy = try await client.call(.empty, "GetDummy", id)
                proxy.set(.swallowAnswers)
                let call = Task { [id] in
                    let dummy: TestDummy = try await client.call(.empty, "GetDummy", id, isIdempotent: true)
                    return dummy.id
                }
                try await waitUntil(within: .seconds(30)) { controller.users.current.count == 2 }
                proxy.set(.pass)
                proxy.reset()
                #expect(try await call.value == "1")
                #expect(controller.users.current.count == 3)
            }
        }
    }

    /// A peer that accepts connections, and does not speak.
    @Test func aConnectionThatDoesNotComeAboutInTimeIsAnError() async throws {
        try await withGRPCCommands { _, commands, port in
            let proxy = try FaultProxy(to: port)
            proxy.set(.swallow)
            try await withGRPCClient(
                [proxy.port], options: "{ retries: 0, connect_timeout: 200, timeout: 20000 }"
            ) { client in
                let error = await grpcError { let _: Int? = try await client.callCommand(.empty, "count") }
                #expect(error?.code == "CONNECT_TIMEOUT")
                #expect(error?.category == .noResponse)
            }
            #expect(commands.count.current == 0)
        }
    }

    @Test func aClientThatIsNotOpenSaysSo() async throws {
        let client = try await assemble(GRPCClient(service: "a.B"))
        let error = await grpcError { let _: TestDummy = try await client.call(.empty, "C", TestDummyId()) }
        #expect(error?.code == "NOT_OPENED")
    }

    @Test func wrongConnectionsAreConfigurationErrors() async throws {
        for (connection, code) in [
            ("uri: 'http://127.0.0.1:1/path'", "BAD_URI"), ("uri: 'grpc://127.0.0.1:1'", "WRONG_PROTOCOL"),
            ("uri: 'http://127.0.0.1:1?a=b'", "BAD_URI"), ("port: 1", "NO_HOST"),
        ] {
            let error = await grpcError {
                try await withContainer(
                    yaml: """
                        - descriptor: pip-services:client:commandable-grpc:default:1.0
                          connection: { \(connection) }
                        """
                ) { _ in }
            }
            #expect(error?.code == code, "\(connection)")
        }
    }

    @Test func anUntrustedCertificateIsRefused() async throws {
        let folder = try TestCertificates.folder()
        let server = "{ ssl_crt_file: \(folder)/server.crt, ssl_key_file: \(folder)/server.key }"
        try await withGRPCCommands(
            connection: "{ protocol: https, host: 127.0.0.1, port: 0 }", credential: server
        ) { _, commands, port in
            func code(_ credential: String, _ protocol: String = "https") async throws -> String {
                try await withGRPCClient(
                    [port], options: "{ retries: 0 }", protocol: `protocol`, credential: credential
                ) {
                    client in
                    await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }?.code ?? "none"
                }
            }
            for (credential, expected) in [
                ("{ ssl_ca_file: \(folder)/ca.crt }", "none"), ("{ ssl_ca_file: \(folder)/other.crt }", "TLS_FAILED"),
                ("{}", "TLS_FAILED"),
            ] {
                let found = try await code(credential)
                #expect(found == expected, "\(credential)")
            }
            let plain = try await code("{}", "http")
            #expect(plain == "CANNOT_CONNECT")
        }
    }

    @Test func aCertificateOfTheClientIsRequiredWhereThatIsSet() async throws {
        let folder = try TestCertificates.folder()
        let server =
            "{ ssl_crt_file: \(folder)/server.crt, ssl_key_file: \(folder)/server.key, ssl_ca_file: \(folder)/ca.crt }"
        try await withGRPCCommands(
            endpoint: "{ client_certificate: true }", connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
            credential: server
        ) { _, _, port in
            func code(_ credential: String) async throws -> String {
                try await withGRPCClient([port], options: "{ retries: 0 }", protocol: "https", credential: credential) {
                    client in
                    await grpcError { let _: Int? = try await client.callCommand(.empty, "number") }?.code ?? "none"
                }
            }
            let client = "ssl_crt_file: \(folder)/client.crt, ssl_key_file: \(folder)/client.key"
            let with = try await code("{ ssl_ca_file: \(folder)/ca.crt, \(client) }")
            #expect(with == "none")
            let without = try await code("{ ssl_ca_file: \(folder)/ca.crt }")
            #expect(without != "none")
        }
        let error = await grpcError {
            try await withGRPCCommands(
                connection: "{ protocol: https, host: 127.0.0.1, port: 0 }",
                credential: "{ ssl_crt_file: \(folder)/ca.key, ssl_key_file: \(folder)/server.key }"
            ) { _, _, _ in }
        }
        #expect(error?.code == "BAD_CERTIFICATE")
    }

    /// Users of the interface do not know the transport.
    @Test func calledThroughTheCommonInterface() async throws {
        try await withGRPCCommands { _, _, port in
            try await withGRPCClient([port]) { client in
                struct Named: Codable, Sendable, Equatable { var id: String }
                let named: Named? = try await client.callCommand(.empty, "get_one", arguments: Named(id: "5"))
                #expect(named == Named(id: "5"))
            }
        }
    }
}
#endif
