import PipServices
import PipServicesTesting
import Testing

@Suite struct ContractTimeTests {
    /// Who was woken and has to wait for a processor is not too late.
    @Test func timeThatFlowsWaitsForWhoWasWoken() async throws {
        let clock = VirtualClock()
        let time = ContractTime.virtual(clock)
        let step = time.unit / 100
        let other = Task { try await clock.sleep(for: time.unit * 1_000_000) }
        defer { other.cancel() }
        try await waitUntil { clock.sleeperCount == 1 }
        try await time.flowing {
            let system = SystemClock()
            for _ in 0..<10 {
                try await clock.sleep(for: step)
                let (woken, start) = (clock.uptime, system.uptime)
                try await system.sleep(for: .milliseconds(5))
                let passed = (clock.uptime - woken) / step
                #expect(passed <= (system.uptime - start) / .milliseconds(30) + 2)
            }
        }
    }
}
