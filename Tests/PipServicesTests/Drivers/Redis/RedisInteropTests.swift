#if PIP_REDIS
import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// The same keys, by the toolkit's Python edition.
@Suite struct RedisInteropTests {
    private static let script = """
        import sys
        from pip_services4_components.config import ConfigParams
        from pip_services4_redis.cache import RedisCache
        from pip_services4_redis.lock import RedisLock
        port, prefix, step = sys.argv[1:4]
        config = ConfigParams.from_tuples("connection.host", "127.0.0.1", "connection.port", port)
        cache, lock = RedisCache(), RedisLock()
        for component in (cache, lock):
            component.configure(config)
            component.open(None)
        if step == "read":
            print("RESULT", cache.retrieve(None, prefix + "swift").decode())
        elif step == "write":
            cache.store(None, prefix + "text", "Hall 1", 60000)
            cache.store(None, prefix + "number", 42, 60000)
            cache.store(None, prefix + "json", '{"id":"1","tags":["a"]}', 60000)
            print("RESULT", lock.try_acquire_lock(None, prefix + "python lock", 60000))
        elif step == "lock":
            print("RESULT", lock.try_acquire_lock(None, prefix + "swift lock", 60000))
        """

    private func python(_ prefix: String, _ step: String) throws -> String {
        let path = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"], "PIP_TEST_PYTHON is not set: run 'make test'")
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: path)
        process.arguments = ["-c", Self.script, "\(try RedisFixture.port())", prefix, step]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let line = text.split(separator: "\n").last { $0.hasPrefix("RESULT ") }
        return String(try #require(line, "\(text)").dropFirst(7))
    }

    @Test func valuesAndLocksAreThoseOfTheOtherEditions() async throws {
        try await RedisFixture.with { connection in
            let (prefix, context) = (RedisFixture.key(""), Context.empty)
            let cache = try await RedisFixture.on(connection, RedisCache())
            let lock = try await RedisFixture.on(connection, RedisLock())
            try await cache.store(context, prefix + "swift", ["id": "1", "name": "Grüße"] as AnyValue)
            #expect(try python(prefix, "read") == #"{"id":"1","name":"Grüße"}"#)

            #expect(try python(prefix, "write") == "True")
            #expect(try await cache.retrieve(context, prefix + "text") == "Hall 1")
            #expect(try await cache.retrieve(context, prefix + "number", as: Int.self) == 42)
            #expect(try await cache.retrieve(context, prefix + "json") == ["id": "1", "tags": ["a"]])

            #expect(try await lock.tryAcquire(context, prefix + "python lock", ttl: .seconds(60)) == nil)
            let lease = try await lock.tryAcquire(context, prefix + "swift lock", ttl: .seconds(60))
            #expect(try python(prefix, "lock") == "False")
            #expect(try await lock.release(context, try #require(lease)))
            #expect(try python(prefix, "lock") == "True")
        }
    }
}
#endif
