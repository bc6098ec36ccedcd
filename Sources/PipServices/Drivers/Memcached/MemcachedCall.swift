/// A call whose caller waits for the result. What comes first completes it: the reply, the deadline or a cancellation.
final class MemcachedCall<Value: Sendable>: MemcachedJob {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value, any Error>)
        /// Has a result that ``deliver()`` passes on.
        case finished(CheckedContinuation<Value, any Error>, Value)
        /// Failed before the caller waited.
        case failed(any Error)
        case done
    }

    let deadline: Duration
    private let operation: MemcachedOperation
    private let servers: [MemcachedServer]
    private let work: @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    private let state = Locked(State.new)

    /// - Parameters:
    ///   - servers: all servers, for error messages.
    ///   - work: what a thread of the pool executes. It may block.
    init(
        _ operation: MemcachedOperation, _ servers: [MemcachedServer], deadline: Duration,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    ) {
        (self.operation, self.servers, self.deadline, self.work) = (operation, servers, deadline, work)
    }

    var isDone: Bool {
        state.withLock { if case .waiting = $0 { false } else { true } }
    }

    /// Accepts the continuation of the caller. If the call has failed already, resumes it and returns false.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let error = state.withLock { state -> (any Error)? in
            if case .failed(let error) = state { return error }
            state = .waiting(continuation)
            return nil
        }
        if let error { continuation.resume(throwing: error) }
        return error == nil
    }

    func execute(on client: any MemcachedClient) throws(MemcachedFault) {
        let value = try work(client)
        state.withLock { state in
            if case .waiting(let continuation) = state { state = .finished(continuation, value) }
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

    func fail(_ fault: MemcachedFault) { fail(fault.error(operation, servers)) }

    func fail(_ error: any Error) { complete(.failed(error))?.resume(throwing: error) }

    // MARK: - Internal

    /// Returns the continuation, once.
    /// - Parameter early: the next state if the caller does not wait yet.
    private func complete(_ early: State) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            switch state {
            case .waiting(let continuation):
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
