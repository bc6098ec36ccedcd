#if PIP_MEMCACHED
import PipServices
import PipServicesTesting
import Testing

/// The connector with a real memcached.
@Suite struct MemcachedConnectorTests {
    typealias Fixture = MemcachedFixture

    @Test("A short time to live does not end early") func shortTimeToLive() async throws {
        try await Fixture.withConnector { connector async throws in
            // Many, since the result depends on the fraction of the server's current second.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(50 * number))
                        let key = DriverFixture.key()
                        let start = ContinuousClock.now
                        try await connector.set(.empty, key, [1], ttl: .milliseconds(900))
                        try await Task.sleep(for: .milliseconds(850))
                        let value = try await connector.get(.empty, key)
                        // On a busy machine the read may come too late.
                        #expect(value == [1] || ContinuousClock.now - start > .milliseconds(900), "\(number)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Keys that memcached does not accept are refused or hashed") func refusesOrHashesKeys() async throws {
        try await Fixture.withConnector { connector async throws in
            let error = await #expect(throws: ApplicationError.self) {
                try await connector.set(.empty, "a b\r\nset x 0 0 1\r\n1\r\n", [1], ttl: nil)
            }
            #expect(error?.code == "BAD_KEY")
            await #expect(throws: ApplicationError.self) { try await connector.getMany(.empty, ["a", ""]) }
        }
        try await Fixture.withConnector(nil, ["options.hash_keys": "true"]) { connector async throws in
            let long = String(repeating: DriverFixture.key(), count: 100)
            let keys = [long, long + " ", DriverFixture.key("plain")]
            for key in keys { try await connector.set(.empty, key, DriverFixture.bytes(key), ttl: .seconds(600)) }
            #expect(try await connector.get(.empty, long) == DriverFixture.bytes(long))
            let many = try await connector.getMany(.empty, keys + ["none " + long])
            #expect(many == KeyValues(keys.map { ($0, DriverFixture.bytes($0)) }))
            #expect(try await connector.add(.empty, long, [], ttl: nil) == false)
            #expect(try await connector.compareAndDelete(.empty, long, expected: DriverFixture.bytes(long)))
            try await connector.deleteMany(.empty, keys)
            #expect(try await connector.getMany(.empty, keys) == [:])
        }
    }

    @Test("Values that are too large are refused by the driver or by the server") func refusesLargeValues() async throws
    {
        try await Fixture.withConnector { connector async throws in
            for (size, isOurs) in [(1_048_577, true), (1_048_576, false)] {
                let value = [UInt8](repeating: 1, count: size)
                for store in [
                    { @Sendable in try await connector.set(.empty, "large", value, ttl: nil) },
                    { @Sendable in _ = try await connector.add(.empty, DriverFixture.key(), value, ttl: nil) },
                ] {
                    let error = await #expect(throws: ApplicationError.self) { try await store() }
                    #expect(error?.code == "VALUE_TOO_LARGE")
                    #expect(error?.category == .badRequest)
                    #expect(error?.message.contains("options.max_value") == isOurs)
                }
            }
            let value = [UInt8](repeating: 1, count: 1_000_000)
            let key = DriverFixture.key()
            try await connector.set(.empty, key, value, ttl: .seconds(30))
            #expect(try await connector.get(.empty, key) == value)
        }
    }

    @Test("A counter stays in its range") func counterRange() async throws {
        try await Fixture.withConnector { connector async throws in
            let key = DriverFixture.key()
            #expect(try await connector.increment(.empty, key, by: Int64.max) == Int64.max)
            let error = await #expect(throws: ApplicationError.self) {
                try await connector.increment(.empty, key, by: 1)
            }
            #expect(error?.code == "OUT_OF_RANGE")
            #expect(try await connector.increment(.empty, key, by: 0) == Int64.max, "it is unchanged")
            let negative = await #expect(throws: ApplicationError.self) {
                try await connector.increment(.empty, key, by: Int64.min)
            }
            #expect(negative?.code == "OUT_OF_RANGE")
        }
    }

    @Test("getMany sends one request for many keys") func getManySendsOneRequest() async throws {
        let proxy = try FaultProxy(to: Fixture.port())
        try await Fixture.withConnector(["127.0.0.1:\(proxy.port)"], ["options.pool_size": "1"]) {
            connector async throws in
            _ = try await connector.get(.empty, "warm")
            let before = proxy.questions
            _ = try await connector.getMany(.empty, (0..<100).map { "trip\($0)" })
            #expect(proxy.questions - before == 1)
        }
        try await Fixture.withConnector { connector async throws in
            let prefix = DriverFixture.key()
            let keys = (0..<10_000).map { "\(prefix).\($0)" }
            let values = KeyValues(keys.map { ($0, DriverFixture.bytes($0)) })
            try await connector.setMany(.empty, values, ttl: .seconds(600))
            #expect(try await connector.getMany(.empty, keys.reversed() + keys) == values)
            try await connector.deleteMany(.empty, keys)
        }
    }

    @Test("Concurrent calls use at most pool_size connections", arguments: [(1, 1...1), (3, 2...3)])
    func connectionsPerThread(_ size: Int, _ connections: ClosedRange<Int>) async throws {
        let proxy = try FaultProxy(to: Fixture.port())
        // Slow, so that one thread cannot execute all calls before others are awake.
        proxy.set(.delay(.milliseconds(10)))
        try await Fixture.withConnector(["127.0.0.1:\(proxy.port)"], ["options.pool_size": "\(size)"]) {
            connector async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 { group.addTask { _ = try await connector.get(.empty, "none\(number)") } }
                try await group.waitForAll()
            }
        }
        #expect(connections.contains(proxy.connections), "\(proxy.connections)")
    }

    @Test("Sequential calls use few connections") func reusesConnection() async throws {
        let proxy = try FaultProxy(to: Fixture.port())
        try await Fixture.withConnector(["127.0.0.1:\(proxy.port)"], ["options.pool_size": "20"]) {
            connector async throws in
            for _ in 0..<100 { #expect(try await connector.get(.empty, "none") == nil) }
        }
        // One, except when a thread was still busy with its last call.
        #expect((1...10).contains(proxy.connections), "\(proxy.connections)")
    }

    @Test("Locks have no fencing tokens") func noFencing() async throws {
        try await Fixture.withConnection { connection async throws in
            let connector = try await Fixture.on(connection, MemcachedConnector())
            #expect(connector.capabilities.isEmpty, "the server may forget a counter and start it again")
            let lock = try await Fixture.on(connection, MemcachedLock(), ["options.fencing": "true"])
            let key = DriverFixture.key()
            let error = await #expect(throws: ApplicationError.self) {
                try await lock.tryAcquire(.empty, key, ttl: .seconds(600))
            }
            #expect(error?.code == "NO_FENCING")
            let number = try await connector.get(.empty, key + ".fencing")
            #expect(number == nil)
            let plain = try await Fixture.on(connection, MemcachedLock())
            let lease = try #require(try await plain.tryAcquire(.empty, key, ttl: .seconds(600)))
            #expect(lease.fencing == nil)
        }
    }

    @Test("Several servers share the keys by consistent hashing") func serversShareKeys() async throws {
        let one = try await ServerProcess.memcached()
        let two = try await ServerProcess.memcached()
        let three = try await ServerProcess.memcached()
        let addresses = [one, two, three].map(\.address)
        let keys = (0..<300).map { "key\($0)" }
        try await Fixture.withConnector(addresses) { connector async throws in
            try await connector.setMany(
                .empty, KeyValues(keys.map { ($0, DriverFixture.bytes($0)) }), ttl: nil)
            #expect(try await connector.getMany(.empty, keys).count == 300)
        }
        var places: [String: String] = [:]
        for address in addresses {
            try await Fixture.withConnector([address]) { connector async throws in
                let here = try await connector.getMany(.empty, keys)
                #expect(here.count > 30, "\(here.count) keys at \(address)")
                for key in here.keys {
                    #expect(places[key] == nil)
                    places[key] = address
                }
            }
        }
        // With one server fewer, the keys of the others stay where they are.
        try await Fixture.withConnector(Array(addresses.prefix(2))) { connector async throws in
            let stay = try await connector.getMany(.empty, keys.filter { places[$0] != addresses[2] })
            #expect(stay.count == keys.count { places[$0] != addresses[2] })
        }
    }

    @Test("A container creates cache, lock and connection by their descriptors") func descriptors() async throws {
        let port = try Fixture.port()
        let yaml = """
            - descriptor: pip-services:connection:memcached:default:1.0
              connection: { host: 127.0.0.1, port: \(port) }
            - descriptor: pip-services:cache:memcached:default:1.0
            - descriptor: pip-services:lock:memcached:default:1.0
              options: { retry_timeout: 10 }
            - descriptor: pip-services:cache:memcached:own:1.0
              connection: { host: 127.0.0.1, port: \(port) }
              options: { timeout: 1000, pool_size: 1, max_size: 10 }
              dependencies: { connection: "" }
            """
        try await withContainer(yaml: yaml) { container async throws in
            let cache = try container.references.getOneRequired(
                "*:cache:memcached:default:1.0", as: MemcachedCache.self)
            let lock = try container.references.getOneRequired("*:lock:memcached:default:1.0", as: MemcachedLock.self)
            let key = DriverFixture.key()
            try await cache.store(.empty, key, ["a": 1], timeout: .seconds(600))
            #expect(try await cache.retrieve(.empty, key) == ["a": 1])
            #expect(try await lock.tryAcquireLock(.empty, key + ".lock", ttl: .seconds(600)))
            try await lock.releaseLock(.empty, key + ".lock")
            let report = await container.health.report(.empty)
            #expect(report.isReady, "\(report)")
        }
    }
}
#endif
