import FoundationEssentials
import PipServices

/// A clock that stands still until it is moved by hand.
///
/// Register it at a locator such as `test:clock:virtual:default:1.0`, and components that hold a ``ClockSlot`` go by it.
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

    /// Creates a clock that shows a time of day; by default 2024-01-01 00:00 UTC.
    public init(_ start: Date = Date(timeIntervalSince1970: 1_704_067_200)) { self.start = start }

    /// The time of day.
    public var now: Date {
        let parts = uptime.components
        return start.addingTimeInterval(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    /// How far the clock was moved.
    public var uptime: Duration { state.withLock { $0.uptime } }

    /// How many tasks sleep on the clock: to know that the one under test does.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Moves the clock, and wakes the tasks whose time has come, the earliest first.
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

    /// Waits until the clock was moved that far. Throws `CancellationError` when the task is cancelled.
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
