import PipServices
import PipServicesTesting
import Testing

@Suite struct ContractTimeTests {
    /// A woken task that waits for a processor is not too late.
    @Test func timeThatFlowsWaitsForWhoWasWoken() async throws {
        let clock = VirtualClock()
        let time = ContractTime.virtual(clock)
        let step = time.unit / 100
        let other = Task { try await clock.sleep(for: time.unit * 1_000_000) }
        defer { other.cancel() }
        try await waitUntil { clock.sleeperCount == 1 }
        try await time.flowing {
            for _ in 0..<3 {
                try await clock.sleep(for: step)
                let woken = clock.uptime
                try await SystemClock().sleep(for: .milliseconds(100))
                #expect((clock.uptime - woken) / step <= 1)
            }
        }
    }
}
