import FoundationEssentials
import PipServices

/// How time passes for an implementation that a ``Contract`` tests.
public struct ContractTime: Sendable {
    /// The unit in which cases count: what shall not happen yet is one unit ahead, what is over has been so for one.
    public let unit: Duration
    private let clock: any ClockSource
    private let virtualClock: VirtualClock?

    /// The system's time, for implementations on real servers.
    /// - Parameter unit: at least twice the resolution of the implementation's times to live: for Redis the default will
    ///   do, Memcached needs 2 seconds.
    public static func real(unit: Duration = .milliseconds(200)) -> ContractTime {
        ContractTime(unit: unit, clock: SystemClock(), virtualClock: nil)
    }

    /// A clock that the cases move, and that the implementation goes by.
    public static func virtual(_ clock: VirtualClock) -> ContractTime {
        ContractTime(unit: .seconds(10), clock: clock, virtualClock: clock)
    }

    /// Lets some units of time pass.
    public func pass(_ units: Int) async throws {
        if let virtualClock { virtualClock.advance(by: unit * units) } else { try await clock.sleep(for: unit * units) }
    }

    /// Does something during which time passes by itself, also on a clock that is moved by hand: there, whenever somebody
    /// sleeps on it.
    public func flowing<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let virtualClock else { return try await body() }
        let flow = Task {
            var sleepers = 0
            while !Task.isCancelled {
                sleepers = await Self.settledCount(virtualClock, before: sleepers)
                if sleepers > 0 { virtualClock.advance(by: unit / 100) }
                await Task.yield()
            }
        }
        defer { flow.cancel() }
        return try await body()
    }

    // MARK: - Internal

    /// Waits until as many sleep as before, or as long as it takes to tell that it stays another number. Who was woken
    /// goes to sleep again, and who begins goes to sleep for the first time: others may be before it, and what it does in
    /// good time would come too late on a clock that runs on. Turns count, not time: where many tasks wait for a processor,
    /// all wait alike.
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
