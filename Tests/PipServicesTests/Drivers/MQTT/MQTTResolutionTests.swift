#if PIP_MQTT
import PipServicesTesting
import Testing

@testable import PipServices

/// How the hosts of brokers are resolved and connected to.
@Suite struct MQTTResolutionTests {
    private func engine(
        _ host: String, _ port: Int, isSecure: Bool = false, timeout: Duration = .seconds(20), _ resolver: HostResolver
    ) throws -> MQTTEngine {
        var options = MQTTClientOptions()
        (options.address.host, options.address.port) = (host, port)
        options.clientId = "resolve-\(IdGenerator.nextLong())"
        options.connectTimeout = timeout
        options.reconnectDelay = .milliseconds(20)
        if isSecure { options.address.tls = .init(authorityFile: "\(try TestCertificates.folder())/ca.crt") }
        return try MQTTEngine(options, clock: SystemClock(), random: SystemRandom(), resolver: resolver)
    }

    private func secureBroker(in folder: String) async throws -> ServerProcess {
        let certificates = try TestCertificates.folder()
        return try await ServerProcess.mosquitto(
            [
                "listener PORT 127.0.0.1", "allow_anonymous true", "certfile \(certificates)/server.crt",
                "keyfile \(certificates)/server.key",
            ], in: folder)
    }

    /// Resolves any host to addresses of loopback, by their last numbers.
    private func resolver(_ hosts: Int...) -> HostResolver {
        HostResolver { _, port in
            .success(hosts.flatMap { (try? HostResolver.look(up: "127.0.0.\($0)", port: port).get()) ?? [] })
        }
    }

    @Test("Host resolution counts towards connect_timeout") func hangingHost() async throws {
        let gate = try Wakeup()
        defer { gate.wake() }
        let engine = try engine(
            "broker.test", 1, timeout: .milliseconds(200),
            HostResolver { _, _ in
                _ = gate.wait(atMost: .seconds(60))
                return .success([])
            })
        let time = await DriverFixture.time {
            let error = await #expect(throws: MQTTConnectionError.self) { try await engine.open() }
            #expect(error?.reason == "'broker.test' can't be resolved: the host was not resolved in time")
        }
        #expect(time < DriverFixture.bound(after: .milliseconds(200)), "\(time)")
        await engine.close()
    }

    @Test("A host that hangs in resolution after a loss blocks neither calls nor closing", arguments: [false, true])
    func hangingReconnection(isSecure: Bool) async throws {
        try await Program.withFolder { folder in
            let broker =
                isSecure
                ? try await secureBroker(in: folder)
                : try await ServerProcess.mosquitto(["allow_anonymous true"], in: folder)
            let (gate, isHanging) = (try Wakeup(), Locked(false))
            defer { gate.wake() }
            let engine = try engine(
                "redis.test", broker.port, isSecure: isSecure,
                HostResolver { _, port in
                    if isHanging.current { _ = gate.wait(atMost: .seconds(60)) }
                    return HostResolver.look(up: "127.0.0.1", port: port)
                })
            try await engine.open()
            isHanging.withLock { $0 = true }
            broker.kill()
            try await waitUntil(within: .seconds(30)) { engine.resolver.runningCount == 1 }
            let time = await DriverFixture.time {
                let end = SystemClock().uptime + .milliseconds(50)
                let outcome = await engine.publish(MQTTMessage("t", text: ""), deadline: end)
                guard case .failure(.unreachable) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                await engine.close()
            }
            #expect(time < DriverFixture.bound(after: .milliseconds(50)), "\(time)")
        }
    }

    @Test("With TLS all addresses are tried, and the certificate must match the host name") func secureAddresses()
        async throws
    {
        try await Program.withFolder { folder in
            let broker = try await secureBroker(in: folder)
            let hello = Locked("")
            // Accepts, and says nothing.
            let silent = try AnsweringServer(host: 2, port: broker.port) { bytes in
                hello.withLock { $0 += bytes }
                return ""
            }
            // Nobody listens at the second one.
            let right = try engine("redis.test", broker.port, isSecure: true, timeout: .seconds(3), resolver(2, 3, 1))
            try await right.open()
            guard case .success = await right.publish(MQTTMessage("t", text: "a"), deadline: nil) else {
                Issue.record("nothing is sent")
                return
            }
            await right.close()
            #expect(silent.connections == 1)
            #expect(hello.current.contains("redis.test"), "the name is sent, and not the address")
            for (host, isRight) in [("other.test", false), ("127.0.0.1", true)] {
                let engine = try engine(host, broker.port, isSecure: true, resolver(1))
                do {
                    try await engine.open()
                    #expect(isRight, "\(host)")
                } catch let error as MQTTConnectionError {
                    #expect(!isRight, "\(host): \(error.reason)")
                    #expect(host != "other.test" || error.kind == .tls, "\(error)")
                }
                await engine.close()
            }
        }
    }

    @Test("Unusable TLS files fail the opening with the path") func badFiles() async throws {
        let folder = try TestCertificates.folder()
        var options = MQTTClientOptions()
        options.clientId = "files"
        options.address.tls = .init(
            certificateFile: "\(folder)/client.crt", keyFile: "\(folder)/locked.key")
        let error = #expect(throws: MQTTConnectionError.self) { _ = try MQTTHandle(options) }
        #expect(error?.kind == .tls)
        #expect(error?.reason.contains("\(folder)/locked.key") == true, "\(error?.reason ?? "")")
    }
}
#endif
