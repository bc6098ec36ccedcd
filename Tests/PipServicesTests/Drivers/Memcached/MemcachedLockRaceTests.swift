#if PIP_MEMCACHED
import Testing

@Suite struct MemcachedLockRaceTests {
    @Test func neverTwoHoldALock() async throws {
        // A server that resets connections is not to be left alone.
        try await LockRace.run(
            "pip-services:lock:memcached:default:1.0", server: MemcachedFixture.port(),
            options: ["options.timeout", "1000", "options.failures", "1000000"])
    }
}
#endif
