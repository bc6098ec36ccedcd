import PipServicesTesting
import Testing

@testable import PipServices

/// Hosts with several addresses, of which only the last one accepts connections. That libcurl tries them all is in
/// `NameLookupTests`.
@Suite(.ownThreads) struct SeveralAddressesTests {
    /// All of 127.0.0.0/8 is this machine, and no server listens there but at the first address. `localhost` is `::1` too on
    /// many machines.
    static let lists = [["127.0.0.3", "127.0.0.1"], ["::1", "127.0.0.3", "127.0.0.4", "127.0.0.1"]]
    private static let nobody = ["127.0.0.3"]

    #if PIP_REDIS
    private func redis(_ port: Int, _ addresses: [String]) throws -> RedisEngine {
        var options = RedisEngine.Options()
        (options.address.host, options.address.port) = ("redis.invalid", port)
        options.retries = 0
        options.resolver = .fixed(addresses)
        return try RedisEngine(options, clock: SystemClock(), random: SystemRandom())
    }

    @Test("Of several addresses, Redis is reached at an accepting one", arguments: lists)
    func redis(addresses: [String]) async throws {
        let server = try await ServerProcess.redis()
        let engine = try redis(server.port, addresses)
        defer { engine.stop() }
        try await engine.open()
        #expect(await engine.call(RedisCommand("PING").bytes, deadline: nil) == .success(.status("PONG")))
        await engine.close()
        let other = try redis(server.port, Self.nobody)
        await #expect(throws: RedisConnectionError.self) { try await other.open() }
        await other.close()
    }
    #endif

    #if PIP_MEMCACHED
    private func memcached(_ port: Int, _ addresses: [String]) throws -> MemcachedHandle {
        let server = MemcachedServer(host: "cache.invalid", port: UInt16(port))
        let handle = try MemcachedHandle([server], MemcachedServers.View(members: [0]), resolver: .fixed(addresses))
        handle.setTimeout(milliseconds: 20_000)
        return handle
    }

    @Test("Of several addresses, memcached is reached at an accepting one", arguments: lists)
    func memcached(addresses: [String]) async throws {
        let server = try await ServerProcess.memcached()
        let client = try memcached(server.port, addresses)
        try client.set("k", [1], 0)
        #expect(try client.get("k") == [1])
        let other = try memcached(server.port, Self.nobody)
        #expect(throws: MemcachedFault.self) { try other.get("k") }
    }
    #endif

    #if PIP_MQTT
    private func mqtt(_ port: Int, _ addresses: [String]) throws -> MQTTEngine {
        var options = MQTTClientOptions()
        (options.address.host, options.address.port) = ("broker.invalid", port)
        options.clientId = "several-\(IdGenerator.nextLong())"
        return try MQTTEngine(options, clock: SystemClock(), random: SystemRandom(), resolver: .fixed(addresses))
    }

    @Test("Of several addresses, a broker is reached at an accepting one", arguments: lists)
    func mqtt(addresses: [String]) async throws {
        try await Program.withFolder { folder in
            let broker = try await ServerProcess.mosquitto(
                ["listener PORT 127.0.0.1", "allow_anonymous true"], in: folder)
            let engine = try mqtt(broker.port, addresses)
            defer { engine.stop() }
            try await engine.open()
            guard case .success = await engine.publish(MQTTMessage("t", text: "a"), deadline: nil) else {
                Issue.record("nothing is sent")
                return
            }
            await engine.close()
            let other = try mqtt(broker.port, Self.nobody)
            await #expect(throws: MQTTConnectionError.self) { try await other.open() }
            await other.close()
        }
    }
    #endif
}
