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
            while !Task.isCancelled {
                if virtualClock.sleeperCount > 0 {
                    await Self.settle(virtualClock, virtualClock.wake(after: unit / 100))
                }
                await Task.yield()
            }
        }
        defer { flow.cancel() }
        return try await body()
    }

    // MARK: - Internal

    /// Gives who was woken the time to go to sleep again: others may be before it, and what it does in good time would come
    /// too late on a clock that runs on. Turns count, not time: where many tasks wait for a processor, all wait alike.
    private static func settle(_ virtualClock: VirtualClock, _ sleepers: Int) async {
        let system = SystemClock()
        var turns = 0
        while virtualClock.sleeperCount < sleepers, turns < 300, !Task.isCancelled {
            try? await system.sleep(for: .milliseconds(1))
            turns += 1
        }
    }
}
