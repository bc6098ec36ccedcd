#if PIP_REDIS
import Testing

@Suite struct RedisLockRaceTests {
    @Test func neverTwoHoldALock() async throws {
        try await LockRace.run(
            "pip-services:lock:redis:default:1.0", server: RedisFixture.port(),
            options: ["options.command_timeout", "1000"])
    }
}
#endif
