#if PIP_MEMCACHED
import Testing

@Suite struct MemcachedLockRaceTests {
    @Test("A lock never has two holders") func oneHolder() async throws {
        // Resets of connections must not take the server out of use.
        try await LockRace.run(
            "pip-services:lock:memcached:default:1.0", server: MemcachedFixture.port(),
            options: ["options.timeout", "1000", "options.failures", "1000000"])
    }
}
#endif
