import FoundationEssentials
import PipServices

/// A clock that stands still until a test advances it.
///
/// Register it at a locator such as `test:clock:virtual:default:1.0`; components with a ``ClockSlot`` then use it.
public final class VirtualClock: ClockSource, Component {
    private struct Sleeper {
        let id: Int
        let end: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var uptime = Duration.zero
        var nextId = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }

    private let start: Date
    private let state = Locked(State())

    /// Creates a clock with an initial date; by default 2024-01-01 00:00 UTC.
    public init(_ start: Date = Date(timeIntervalSince1970: 1_704_067_200)) { self.start = start }

    /// The current date and time.
    public var now: Date {
        let parts = uptime.components
        return start.addingTimeInterval(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    /// The total time by which the clock was advanced.
    public var uptime: Duration { state.withLock { $0.uptime } }

    /// The number of tasks that sleep on the clock. A test uses it to wait until the task under test sleeps.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Advances the clock and wakes the tasks whose time has come, earliest first.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.uptime += duration
            let now = state.uptime
            let due = state.sleepers.filter { $0.end <= now }.sorted { $0.end < $1.end }
            state.sleepers.removeAll { $0.end <= now }
            return due.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Suspends the task until the clock has advanced by `duration`. Throws `CancellationError` if the task is
    /// cancelled.
    public func sleep(for duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextId += 1
            return state.nextId
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    state.sleepers.append(
                        Sleeper(id: id, end: state.uptime + duration, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
                if duration <= .zero { advance(by: .zero) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index).continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
