import Glibc
import PipServices
import PipServicesTesting

/// Redis, memcached and MQTT by the servers that PIP_TEST_REDIS, PIP_TEST_MEMCACHED and PIP_TEST_MOSQUITTO name, and
/// HTTP by an endpoint of this process. What is not compiled in or not named is left out, and the output says so.
let driverScenarios: [Scenario] = {
    var scenarios: [Scenario] = []
    #if PIP_REDIS
    add(&scenarios, "redis", "PIP_TEST_REDIS") { try await connector($0, "redis") { RedisConnector() } }
    #endif
    #if PIP_MEMCACHED
    add(&scenarios, "memcached", "PIP_TEST_MEMCACHED") { try await connector($0, "memcached") { MemcachedConnector() } }
    #endif
    #if PIP_MQTT
    if let address = getenv("PIP_TEST_MOSQUITTO").map({ String(cString: $0) }) {
        scenarios.append(Scenario(name: "mqtt") { bound in try await stressMQTT(address, bound) })
    } else {
        print("mqtt: left out, since PIP_TEST_MOSQUITTO names no server")
    }
    #endif
    #if PIP_CURL && PIP_HTTP
    scenarios.append(Scenario(name: "http") { bound in try await withEcho { try await stressHTTP($0, bound) } })
    scenarios.append(
        Scenario(name: "paused-http") { bound in try await withEcho { try await stressPausedHTTP($0, bound) } })
    #endif
    return scenarios
}()

#if PIP_REDIS || PIP_MEMCACHED
private func add(
    _ scenarios: inout [Scenario], _ name: String, _ variable: String,
    _ connect: @escaping @Sendable (String) async throws -> (Container, any KeyValueConnector)
) {
    guard let address = getenv(variable).map({ String(cString: $0) }) else {
        print("\(name): left out, since \(variable) names no server")
        return
    }
    scenarios.append(
        Scenario(name: name) { bound in
            let (container, store) = try await connect(address)
            try await stress(store, bound)
            try await container.close(.empty)
        })
}

private func connector(
    _ address: String, _ kind: String, _ create: @escaping @Sendable () -> any Component & KeyValueConnector
) async throws -> (Container, any KeyValueConnector) {
    let parts = address.split(separator: ":")
    let container = Container("stress", factories: [Factory(Locator("stress:connector:\(kind):*:1.0")) { create() }])
    await container.configure(
        ContainerConfig([
            ComponentConfig(
                Descriptor("stress", "connector", kind, "default", "1.0"),
                ["connection.host": String(parts[0]), "connection.port": String(parts[1])])
        ]))
    try await container.open(.empty)
    let store = try container.references.getOneRequired("stress:connector:*:*:1.0", as: (any KeyValueConnector).self)
    return (container, store)
}

/// Values of all sizes by 24 tasks, some of which are cancelled while they wait.
private func stress(_ store: any KeyValueConnector, _ bound: Bound) async throws {
    try await concurrently(24) { worker in
        var number = worker
        while bound.isOpen {
            number += 1
            let key = "stress.\(worker).\(number % 10)"
            let size = number.isMultiple(of: 100) ? 300_000 : number % 2000
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            try await store.set(.empty, key, value, ttl: .seconds(60))
            try await check(store.get(.empty, key) == value, "another value than the one just set")
            if number.isMultiple(of: 5) {
                let call = Task { try await store.get(.empty, key) }
                if number.isMultiple(of: 2) { await Task.yield() }
                call.cancel()
                if case .success(let found) = await call.result {
                    try check(found == value, "a cancelled call got another value")
                }
                let many = try await store.getMany(.empty, [key, "stress.none"])
                try check(many == [key: value], "getMany found other values")
            }
        }
    }
}
#endif

#if PIP_MQTT
/// Messages of all sizes and QoS by 24 tasks, some of which are cancelled, while subscriptions come and go and clients
/// are opened and closed.
private func stressMQTT(_ address: String, _ bound: Bound) async throws {
    let parts = address.split(separator: ":")
    @Sendable func connection() async throws -> MQTTConnection {
        let connection = try await assemble(
            MQTTConnection(), config: ["connection.host": String(parts[0]), "connection.port": String(parts[1])])
        try await connection.open(.empty)
        return connection
    }
    let topic = "stress/\(IdGenerator.nextLong())"
    let shared = try await connection()
    let received = Locked(0)
    _ = try await shared.subscribe(.empty, topic + "/#", qos: 2) { message in
        let isRight = message.payload.allSatisfy { $0 == UInt8(truncatingIfNeeded: message.payload.count) }
        received.withLock { $0 += isRight ? 1 : 1_000_000_000 }
    }
    try await concurrently(24) { worker in
        var number = worker
        while bound.isOpen {
            number += 1
            let size = number.isMultiple(of: 100) ? 300_000 : number % 2000
            let message = MQTTMessage(
                "\(topic)/\(worker)", [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size), qos: number % 3)
            try await shared.publish(.empty, message)
            if number.isMultiple(of: 5) {
                let call = Task { try await shared.publish(.empty, message) }
                if number.isMultiple(of: 2) { await Task.yield() }
                call.cancel()
                _ = await call.result
                let subscription = try await shared.subscribe(.empty, "\(topic)/\(worker)") { _ in }
                await shared.unsubscribe(.empty, subscription)
            }
            if worker == 0, number.isMultiple(of: 50) {
                let own = try await connection()
                try await own.publish(.empty, message)
                try await own.close(.empty)
            }
        }
    }
    try await shared.close(.empty)
    try check(received.current > 0 && received.current < 1_000_000_000, "\(received.current) messages were received")
}
#endif

#if PIP_CURL && PIP_HTTP
private final class Echo: RestController {
    struct Body: Codable {
        var number: Int
        var text: String
    }

    let rest = RestHost()
    var routes: [RestRoute] {
        RestRoute(.post, "/echo") { _, request -> Body in try await request.decode() }
        RestRoute(
            .get, "/stream",
            response: { _, _ in
                .stream { send in
                    let piece = [UInt8](repeating: 1, count: 100_000)
                    for _ in 0..<Echo.streamedPieces { try await send(piece) }
                }
            })
    }

    /// Together far more than the connection buffers.
    static let streamedPieces = 200
}

/// Serves ``Echo`` while `body` runs, which receives the port.
private func withEcho(_ body: @Sendable (_ port: Int) async throws -> Void) async throws {
    let yaml = """
        - descriptor: pip-services:endpoint:http:default:1.0
          connection: { host: 127.0.0.1, port: 0 }
        - descriptor: stress:controller:echo:default:1.0
        """
    try await withContainer(yaml: yaml, factories: [Factory("stress:controller:echo:*:1.0") { Echo() }]) { container in
        let endpoint = try container.references.getOneRequired("*:endpoint:http:*:1.0", as: HTTPEndpoint.self)
        guard let port = endpoint.port else { throw StressFailure(description: "the endpoint has no port") }
        try await body(port)
    }
}

private func stressHTTP(_ port: Int, _ bound: Bound) async throws {
    let connector = CurlConnector()
    let client = try await assemble(
        RestClient(), config: ["connection.host": "127.0.0.1", "connection.port": String(port)],
        references: ["stress:http-connector:curl:default:1.0": connector])
    try await client.open(.empty)
    try await concurrently(24) { worker in
        var number = worker
        while bound.isOpen {
            number += 1
            let text = String(repeating: "x", count: number % 50 == 0 ? 100_000 : number % 1000)
            let body = Echo.Body(number: number, text: text)
            if number.isMultiple(of: 7) {
                let call = Task { () -> Echo.Body? in try await client.call(.empty, .post, "echo", data: body) }
                if number.isMultiple(of: 2) { await Task.yield() }
                call.cancel()
                if case .success(let answer) = await call.result {
                    try check(answer?.number == number, "a cancelled call got another response")
                }
            }
            let answer: Echo.Body? = try await client.call(.empty, .post, "echo", data: body)
            try check(
                answer?.number == number && answer?.text == text, "another response than to the request just sent")
        }
    }
    try await client.close(.empty)
    try await connector.close(.empty)
}

/// Responses whose readers do nothing must cost no processor time, and be whole afterwards.
private func stressPausedHTTP(_ port: Int, _ bound: Bound) async throws {
    let connector = try await assemble(CurlConnector())
    var responses: [HTTPClientResponse] = []
    for _ in 0..<8 {
        // A name, so that the host is resolved.
        var request = HTTPClientRequest(.get, "http://localhost:\(port)/stream")
        request.streamsResponse = true
        responses.append(try await connector.send(.empty, request))
    }
    // Until all buffers are full.
    try await Task.sleep(for: .milliseconds(500))
    let (start, before) = (ContinuousClock.now, processorTime())
    repeat { try await Task.sleep(for: .milliseconds(500)) } while bound.isOpen
    let share = (processorTime() - before) / (ContinuousClock.now - start)
    try check(share < 0.25, "transfers that wait for their readers take \(Int(share * 100)) % of a processor")
    for response in responses {
        var size = 0
        for try await piece in response.body { size += piece.count }
        try check(size == Echo.streamedPieces * 100_000, "\(size) bytes of a body came")
    }
    try await connector.close(.empty)
}

/// The processor time that this process has taken.
private func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
#endif
