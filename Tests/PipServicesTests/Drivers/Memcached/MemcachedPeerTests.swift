#if PIP_MEMCACHED
import PipServices
import Testing

/// The Python edition and this one with the same server.
@Suite struct MemcachedPeerTests {
    @Test("Values and locks are shared with the Python edition") func sharesWithPython() async throws {
        let prefix = DriverFixture.key("peer")
        let value: AnyValue = ["name": "Grüße 🌍", "count": 3, "tags": ["a", nil], "ratio": 0.5, "on": true]
        try await MemcachedFixture.withConnection { connection async throws in
            let cache = try await MemcachedFixture.on(connection, MemcachedCache())
            let lock = try await MemcachedFixture.on(connection, MemcachedLock())
            try await cache.store(.empty, prefix + ".ours", value, timeout: .seconds(600))
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.ours", ttl: .seconds(600)))

            _ = try await DriverFixture.python(
                "memcached_peer.py", ["127.0.0.1", "\(try MemcachedFixture.port())", prefix])

            #expect(try await cache.retrieve(.empty, prefix + ".theirs") == value)
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.theirs", ttl: .seconds(600)) == false)
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.free", ttl: .seconds(600)))
        }
    }
}
#endif
