import PipServicesTesting
import Testing

@testable import PipServices

/// The keys that caches, locks and state stores have in a server: with `options.prefix`, and by default.
@Suite struct KeyPrefixTests {
    #if PIP_REDIS
    @Test("Redis keys start with options.prefix of their component") func redis() async throws {
        try await RedisFixture.with { redis in
            let (prefix, key) = (DriverFixture.key("p:"), DriverFixture.key())
            func config(_ name: String) -> ConfigParams { ["options.prefix": "\(prefix)\(name):"] }
            let cache = try await RedisFixture.on(redis, RedisCache(), config("cache"))
            let lock = try await RedisFixture.on(redis, RedisLock(), config("lock"))
            let states = try await RedisFixture.on(redis, RedisStateStore(), config("state"))
            try await cache.store(.empty, key, 1)
            let lease = try #require(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)))
            try await states.save(.empty, key, 2)
            #expect(try await redis.get(.empty, "\(prefix)cache:\(key)") == DriverFixture.bytes("1"))
            #expect(try await redis.get(.empty, "\(prefix)lock:\(key)") == DriverFixture.bytes(lease.token))
            #expect(try await redis.get(.empty, "\(prefix)state:\(key)") == DriverFixture.bytes("2"))
            for name in [key, "state:" + key] { #expect(try await redis.get(.empty, name) == nil) }
            #expect(try await cache.retrieve(.empty, key, as: Int.self) == 1)
            #expect(try await states.loadBulk(.empty, [key], as: Int.self).map(\.value) == [2])
            try await cache.remove(.empty, key)
            try await lock.release(.empty, lease)
            #expect(try await states.delete(.empty, key, as: Int.self) == 2)
            for name in ["cache", "lock", "state"] {
                #expect(try await redis.get(.empty, "\(prefix)\(name):\(key)") == nil)
            }
        }
    }

    @Test("By default, states in Redis are separate from cached values and locks")
    func redisDefaults() async throws {
        try await RedisFixture.with { redis in
            let (cached, locked) = (DriverFixture.key("cached"), DriverFixture.key("locked"))
            let cache = try await RedisFixture.on(redis, RedisCache())
            let lock = try await RedisFixture.on(redis, RedisLock())
            let states = try await RedisFixture.on(redis, RedisStateStore())
            try await cache.store(.empty, cached, 1)
            let lease = try #require(try await lock.tryAcquire(.empty, locked, ttl: .seconds(60)))
            for key in [cached, locked] {
                #expect(try await states.load(.empty, key, as: AnyValue.self) == nil)
                try await states.save(.empty, key, 2)
                #expect(try await redis.get(.empty, "state:" + key) == DriverFixture.bytes("2"))
            }
            #expect(try await redis.get(.empty, cached) == DriverFixture.bytes("1"))
            #expect(try await redis.get(.empty, locked) == DriverFixture.bytes(lease.token))
            #expect(try await lock.release(.empty, lease))
            for key in [cached, locked] { _ = try await states.delete(.empty, key, as: Int.self) }
            try await cache.remove(.empty, cached)
        }
    }
    #endif

    #if PIP_MEMCACHED
    @Test("memcached keys start with options.prefix of their component, empty by default")
    func memcached() async throws {
        try await MemcachedFixture.withConnection { connection in
            let store = try await MemcachedFixture.on(connection, MemcachedConnector())
            let key = DriverFixture.key()
            for prefix in ["p:", nil] {
                func config(_ name: String) -> ConfigParams {
                    prefix.map { ["options.prefix": "\($0)\(name):"] } ?? [:]
                }
                func stored(_ name: String) async throws -> [UInt8]? {
                    try await store.get(.empty, (prefix.map { "\($0)\(name):" } ?? "") + key)
                }
                let cache = try await MemcachedFixture.on(connection, MemcachedCache(), config("cache"))
                try await cache.store(.empty, key, 1)
                #expect(try await stored("cache") == DriverFixture.bytes("1"))
                try await cache.remove(.empty, key)
                #expect(try await stored("cache") == nil)

                let lock = try await MemcachedFixture.on(connection, MemcachedLock(), config("lock"))
                let lease = try #require(try await lock.tryAcquire(.empty, key, ttl: .seconds(60)))
                #expect(try await stored("lock") == DriverFixture.bytes(lease.token))
                #expect(try await lock.release(.empty, lease))

                let states = try await MemcachedFixture.on(
                    connection, KeyValueStateStore(PrefixedKeyValueConnector(MemcachedConnector())), config("state"))
                try await states.save(.empty, key, 2)
                #expect(try await stored("state") == DriverFixture.bytes("2"))
                #expect(try await states.delete(.empty, key, as: Int.self) == 2)
            }
        }
    }
    #endif
}
