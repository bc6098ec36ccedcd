internal import DequeModule

/// Limits the number of concurrent and of waiting operations, so that a slow peer does not use up the service's
/// resources.
///
/// Waiting operations start in FIFO order. They wait at most until the context's deadline. All calls are safe from any
/// task; a cancelled task stops waiting.
public final class Bulkhead: Sendable {
    /// The maximum number of concurrent operations; 0 or less for no limit.
    public let limit: Int
    /// The maximum number of waiting operations.
    public let maxWaiting: Int

    private enum Wait {
        case entered, full, cancelled, late
    }
    private struct Waiter: Sendable {
        let id: Int
        let continuation: CheckedContinuation<Wait, Never>
    }
    private struct State: Sendable {
        var running = 0
        var nextId = 0
        var waiting: Deque<Waiter> = []
    }
    private let state = Locked(State())
    private let clock: any ClockSource

    /// Creates a bulkhead.
    /// - Parameter clock: the clock for deadlines.
    public init(limit: Int, maxWaiting: Int, clock: any ClockSource = SystemClock()) {
        self.limit = limit
        self.maxWaiting = max(0, maxWaiting)
        self.clock = clock
    }

    /// The number of running operations.
    public var running: Int { state.withLock { $0.running } }
    /// The number of waiting operations.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Runs an operation as soon as the limit permits.
    ///
    /// - Throws: TooManyRequests `BULKHEAD_FULL` if too many operations wait; NoResponse `TIMEOUT` at the context's
    ///   deadline; `CancellationError` if the task is cancelled while it waits; the error of the operation.
    public func run<Result>(
        _ context: Context, name: @autoclosure () -> String, _ operation: () async throws -> Result
    ) async throws -> Result {
        guard limit > 0 else { return try await operation() }
        try await enter(context, name)
        defer { leave() }
        return try await operation()
    }

    // MARK: - Internal

    private enum Entry {
        case entered, full
        case wait(Int)
    }

    private func enter(_ context: Context, _ name: () -> String) async throws {
        let entry = state.withLock { state -> Entry in
            if state.running < limit {
                state.running += 1
                return .entered
            }
            guard state.waiting.count < maxWaiting else { return .full }
            state.nextId &+= 1
            return .wait(state.nextId)
        }
        switch entry {
        case .entered: return
        case .full: throw full(context, name)
        case .wait(let id):
            switch await wait(id, until: context.deadline) {
            case .entered: return
            case .full: throw full(context, name)
            case .cancelled: throw CancellationError()
            case .late:
                throw ApplicationError.connection(
                    code: "TIMEOUT", "\(name()): timed out while waiting for one of \(limit) running calls",
                    traceId: context.traceId, details: ["name": .string(name()), "limit": .integer(Int64(limit))])
            }
        }
    }

    private func full(_ context: Context, _ name: () -> String) -> ApplicationError {
        .tooManyRequests(
            code: "BULKHEAD_FULL", "\(name()): \(limit) calls are running and \(maxWaiting) are waiting",
            traceId: context.traceId, details: ["name": .string(name()), "limit": .integer(Int64(limit))])
    }

    private func wait(_ id: Int, until deadline: Duration?) async -> Wait {
        let timer = deadline.map { deadline in
            Task {
                try await clock.sleep(for: max(.zero, deadline - clock.uptime))
                giveUp(id, .late)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Wait? in
                    if Task.isCancelled { return .cancelled }
                    if state.running < limit {
                        state.running += 1
                        return .entered
                    }
                    if let deadline, clock.uptime >= deadline { return .late }
                    // Others may have queued since the first check.
                    guard state.waiting.count < maxWaiting else { return .full }
                    state.waiting.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            giveUp(id, .cancelled)
        }
    }

    private func giveUp(_ id: Int, _ why: Wait) {
        let waiter = state.withLock { state -> Waiter? in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: why)
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            let next = state.waiting.popFirst()
            if next == nil { state.running -= 1 }
            return next
        }
        next?.continuation.resume(returning: .entered)
    }
}
