#if PIP_MEMCACHED
import Foundation
import PipServices
import Testing

/// The Python edition and this one on the same server.
@Suite struct MemcachedPeerTests {
    @Test func thePythonEditionReadsOurValuesAndWeItsOwn() async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["PIP_TEST_PYTHON"],
            "PIP_TEST_PYTHON names no Python with the toolkit's packages: run 'make test', which installs them")
        let address = try MemcachedFixture.address().split(separator: ":").map(String.init)
        let prefix = MemcachedFixture.key("peer")
        let value: AnyValue = ["name": "Grüße 🌍", "count": 3, "tags": ["a", nil], "ratio": 0.5, "on": true]
        try await MemcachedFixture.withConnection { connection async throws in
            let cache = try await MemcachedFixture.on(connection, MemcachedCache())
            let lock = try await MemcachedFixture.on(connection, MemcachedLock())
            try await cache.store(.empty, prefix + ".ours", value, timeout: .seconds(60))
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.ours", ttl: .seconds(60)))

            #expect(try await run(python, [script] + address + [prefix]) == 0)

            #expect(try await cache.retrieve(.empty, prefix + ".theirs") == value)
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.theirs", ttl: .seconds(60)) == false)
            #expect(try await lock.tryAcquireLock(.empty, prefix + ".lock.free", ttl: .seconds(60)))
        }
    }

    private var script: String {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        return path.appending(path: "EndToEndTests/Peers/memcached_peer.py").path
    }

    /// Runs a program to its end, and gives its exit code; -1 when it was ended.
    private func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var (pid, status): (pid_t, Int32) = (0, 0)
        try #require(posix_spawn(&pid, program, nil, nil, &words, environ) == 0)
        let end = ContinuousClock.now + .seconds(60)
        while waitpid(pid, &status, WNOHANG) == 0 {
            if ContinuousClock.now > end { kill(pid, SIGKILL) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return status & 0x7F == 0 ? status >> 8 : -1
    }
}
#endif
