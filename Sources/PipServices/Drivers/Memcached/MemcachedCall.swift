/// A pending call. The first of reply, deadline and cancellation completes it.
///
/// It holds its work, and so the value to store, only while its caller waits.
final class MemcachedCall<Value: Sendable>: MemcachedJob {
    typealias Work = @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value

    private enum State {
        case new(Work)
        case waiting(CheckedContinuation<Value, any Error>, Work)
        /// Has a result that ``deliver()`` returns.
        case finished(CheckedContinuation<Value, any Error>, Value)
        /// Failed before the caller started waiting.
        case failed(any Error)
        case done
    }

    let deadline: Duration
    let server: Int?
    private let operation: MemcachedOperation
    private let servers: [MemcachedServer]
    private let state: Locked<State>
    private let interruption = Locked(Interruption())

    private struct Interruption: Sendable {
        var isDue = false
        /// Nil while no client executes the call.
        var interrupt: (@Sendable () -> Void)?
    }

    /// - Parameters:
    ///   - servers: all servers, for error messages.
    ///   - server: the server of the call; nil for several.
    ///   - work: runs on a thread of the pool. It may block.
    init(
        _ operation: MemcachedOperation, _ servers: [MemcachedServer], server: Int?, deadline: Duration,
        _ work: @escaping Work
    ) {
        (self.operation, self.servers, self.server, self.deadline) = (operation, servers, server, deadline)
        state = Locked(.new(work))
    }

    var isDone: Bool {
        state.withLock { if case .waiting = $0 { false } else { true } }
    }

    /// Accepts the caller's continuation. If the call has already failed, resumes it and returns false.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let error = state.withLock { state -> (any Error)? in
            switch state {
            case .new(let work):
                state = .waiting(continuation, work)
                return nil
            case .failed(let error): return error
            case .waiting, .finished, .done:
                return ApplicationError.internal(code: "WAITED_TWICE", "A call to memcached was awaited twice")
            }
        }
        if let error { continuation.resume(throwing: error) }
        return error == nil
    }

    func execute(on client: any MemcachedClient) throws(MemcachedFault) {
        let work = state.withLock { state -> Work? in
            if case .waiting(_, let work) = state { work } else { nil }
        }
        interruption.withLock { interruption in
            interruption.interrupt = client.interrupt
            if interruption.isDue { client.interrupt() }
        }
        // After this, the client may be closed.
        defer { interruption.withLock { $0.interrupt = nil } }
        guard let value = try work?(client) else { return }
        state.withLock { state in
            if case .waiting(let continuation, _) = state { state = .finished(continuation, value) }
        }
    }

    func deliver() {
        let result = state.withLock { state -> (CheckedContinuation<Value, any Error>, Value)? in
            guard case .finished(let continuation, let value) = state else { return nil }
            state = .done
            return (continuation, value)
        }
        if let (continuation, value) = result { continuation.resume(returning: value) }
    }

    func interrupt() {
        // Under the lock, which keeps the client.
        interruption.withLock { interruption in
            interruption.isDue = true
            interruption.interrupt?()
        }
    }

    func fail(_ fault: MemcachedFault) { fail(fault.error(operation, servers)) }

    func fail(_ error: any Error) { complete(.failed(error))?.resume(throwing: error) }

    // MARK: - Internal

    /// Returns the continuation, once.
    /// - Parameter early: the next state if the caller is not waiting yet.
    private func complete(_ early: State) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            switch state {
            case .waiting(let continuation, _):
                state = .done
                return continuation
            case .new:
                state = early
                return nil
            case .failed, .finished, .done: return nil
            }
        }
    }
}
