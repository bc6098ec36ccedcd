/// Bounds how many operations run at once, and how many wait for that: a slow peer must not take all of a service.
///
/// Who waits is served in order. All calls are safe from any task; a cancelled task stops waiting.
public final class Bulkhead: Sendable {
    /// How many operations may run at once; 0 or less for any number.
    public let limit: Int
    /// How many may wait.
    public let maxWaiting: Int

    private struct Waiter: Sendable {
        let id: Int
        let continuation: CheckedContinuation<Bool, Never>
    }
    private struct State: Sendable {
        var running = 0
        var nextId = 0
        var waiting: [Waiter] = []
    }
    private let state = Locked(State())

    /// Creates a bulkhead.
    public init(limit: Int, maxWaiting: Int) {
        self.limit = limit
        self.maxWaiting = max(0, maxWaiting)
    }

    /// How many operations run.
    public var running: Int { state.withLock { $0.running } }
    /// How many wait.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Runs an operation as soon as there is room.
    ///
    /// - Throws: TooManyRequests `BULKHEAD_FULL` when too many wait already; `CancellationError` when the task is
    ///   cancelled while it waits; what the operation throws.
    public func run<Result>(
        _ context: Context, name: String, _ operation: () async throws -> Result
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

    private func enter(_ context: Context, _ name: String) async throws {
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
        case .full:
            throw ApplicationError.tooManyRequests(
                code: "BULKHEAD_FULL", "\(name): \(limit) calls run and \(maxWaiting) wait already",
                traceId: context.traceId, details: ["name": .string(name), "limit": .integer(Int64(limit))])
        case .wait(let id):
            guard await wait(id) else { throw CancellationError() }
        }
    }

    /// False when the task was cancelled.
    private func wait(_ id: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if state.running < limit {
                        state.running += 1
                        return true
                    }
                    state.waiting.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }
}
