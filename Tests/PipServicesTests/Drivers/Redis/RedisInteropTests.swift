#if PIP_REDIS
import PipServicesTesting
import Testing

@testable import PipServices

/// The same keys, by the toolkit's Python edition.
@Suite struct RedisInteropTests {
    private func python(_ prefix: String, _ step: String) async throws -> String {
        let text = try await DriverFixture.python("redis_peer.py", ["\(try RedisFixture.port())", prefix, step])
        let line = text.split(separator: "\n").last { $0.hasPrefix("RESULT ") }
        return String(try #require(line, "\(text)").dropFirst(7))
    }

    @Test func valuesAndLocksAreThoseOfTheOtherEditions() async throws {
        try await RedisFixture.with { connection in
            let (prefix, context) = (DriverFixture.key(""), Context.empty)
            let cache = try await RedisFixture.on(connection, RedisCache())
            let lock = try await RedisFixture.on(connection, RedisLock())
            try await cache.store(
                context, prefix + "swift", ["id": "1", "name": "Grüße"] as AnyValue, timeout: .seconds(600))
            #expect(try await python(prefix, "read") == #"{"id":"1","name":"Grüße"}"#)

            #expect(try await python(prefix, "write") == "True")
            #expect(try await cache.retrieve(context, prefix + "text") == "Hall 1")
            #expect(try await cache.retrieve(context, prefix + "number", as: Int.self) == 42)
            #expect(try await cache.retrieve(context, prefix + "json") == ["id": "1", "tags": ["a"]])

            #expect(try await lock.tryAcquire(context, prefix + "python lock", ttl: .seconds(600)) == nil)
            let lease = try await lock.tryAcquire(context, prefix + "swift lock", ttl: .seconds(600))
            #expect(try await python(prefix, "lock") == "False")
            #expect(try await lock.release(context, try #require(lease)))
            #expect(try await python(prefix, "lock") == "True")
        }
    }
}
#endif
