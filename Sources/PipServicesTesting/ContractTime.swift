import FoundationEssentials
import PipServices

/// The clock of an implementation under test by a ``Contract``.
public struct ContractTime: Sendable {
    /// The unit of time in cases. They check that an event has not happened one unit before its time, and has happened
    /// one unit after.
    public let unit: Duration
    private let clock: any ClockSource
    private let virtualClock: VirtualClock?
    private var isBusy: @Sendable () -> Bool = { false }

    /// Uses the system clock, for implementations on real servers.
    /// - Parameter unit: at least twice the resolution of the implementation's times to live. The default is enough for
    ///   Redis; Memcached needs 2 seconds.
    public static func real(unit: Duration = .milliseconds(200)) -> ContractTime {
        ContractTime(unit: unit, clock: SystemClock(), virtualClock: nil)
    }

    /// Uses a clock that the cases advance. The implementation must use the same clock.
    public static func virtual(_ clock: VirtualClock) -> ContractTime {
        ContractTime(unit: .seconds(10), clock: clock, virtualClock: clock)
    }

    /// Uses a clock that the cases advance, for implementations whose requests take real time.
    /// - Parameter isBusy: true while a request runs. The time of a flow stands still then: otherwise it would pass by hours
    ///   before a response comes.
    package static func virtual(
        _ clock: VirtualClock, isBusy: @escaping @Sendable () -> Bool
    ) -> ContractTime {
        var time = virtual(clock)
        time.isBusy = isBusy
        return time
    }

    /// Lets a number of time units pass.
    public func pass(_ units: Int) async throws {
        if let virtualClock { virtualClock.advance(by: unit * units) } else { try await clock.sleep(for: unit * units) }
    }

    /// Runs `body` while time passes automatically. A virtual clock advances whenever a task sleeps on it.
    public func flowing<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let virtualClock else { return try await body() }
        let flow = Task {
            var (sleepers, steps) = (0, 0)
            while !Task.isCancelled {
                sleepers = await Self.settledCount(virtualClock, before: sleepers)
                // A thread that waits for the processor of a busy machine gets it before its bounds are over.
                if isBusy() || steps == 2 {
                    try? await SystemClock().sleep(for: .milliseconds(1))
                    steps = 0
                } else if sleepers > 0 {
                    virtualClock.advance(by: unit / 100)
                    steps += 1
                }
                await Task.yield()
            }
        }
        defer { flow.cancel() }
        return try await body()
    }

    // MARK: - Internal

    /// Waits until the number of sleeping tasks has returned to `before`, or has settled at another number. Tasks that
    /// were woken or have just started may be about to sleep; if the clock advanced earlier, their work would come too
    /// late. It counts scheduling turns instead of time, so that it also works on a busy machine.
    private static func settledCount(_ virtualClock: VirtualClock, before: Int) async -> Int {
        let system = SystemClock()
        var (count, turns) = (virtualClock.sleeperCount, 0)
        while count != before, turns < 300, !Task.isCancelled {
            try? await system.sleep(for: .milliseconds(1))
            let now = virtualClock.sleeperCount
            (count, turns) = (now, now == count ? turns + 1 : 0)
        }
        return count
    }
}
