/// A call that waits for its answer. What answers it first counts: the server, its deadline, a cancellation.
final class MemcachedCall<Answer: Sendable>: MemcachedJob {
    private enum State {
        case new
        case waiting(CheckedContinuation<Answer, any Error>)
        case failed(any Error)
        case done
    }

    let deadline: Duration
    private let state = Locked(State.new)
    private let asking: (@Sendable (any MemcachedClient) -> Void)?
    private let work: @Sendable (any MemcachedClient) throws(MemcachedFault) -> Answer
    private let explain: @Sendable (MemcachedFault) -> ApplicationError

    init(
        deadline: Duration, explain: @escaping @Sendable (MemcachedFault) -> ApplicationError,
        asking: (@Sendable (any MemcachedClient) -> Void)? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Answer
    ) {
        self.deadline = deadline
        self.explain = explain
        self.asking = asking
        self.work = work
    }

    var isDone: Bool {
        state.withLock { if case .waiting = $0 { false } else { true } }
    }

    /// Waits for the answer. When it has failed already, it is answered at once, and false is returned.
    func wait(_ continuation: CheckedContinuation<Answer, any Error>) -> Bool {
        let error = state.withLock { state -> (any Error)? in
            if case .failed(let error) = state { return error }
            state = .waiting(continuation)
            return nil
        }
        if let error { continuation.resume(throwing: error) }
        return error == nil
    }

    func ask(_ client: any MemcachedClient) {
        if let asking, !isDone { asking(client) }
    }

    func perform(_ client: any MemcachedClient) throws(MemcachedFault) {
        let answer = try work(client)
        take(.done)?.resume(returning: answer)
    }

    func fail(_ fault: MemcachedFault) { fail(explain(fault)) }

    func fail(_ error: any Error) { take(.failed(error))?.resume(throwing: error) }

    // MARK: - Internal

    private func take(_ next: State) -> CheckedContinuation<Answer, any Error>? {
        state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .done
                return continuation
            case .new:
                state = next
                return nil
            case .failed, .done: return nil
            }
        }
    }
}

/// A call as the threads see it.
protocol MemcachedJob: AnyObject, Sendable {
    /// The reading of the clock at which it has failed.
    var deadline: Duration { get }
    /// True when nobody waits for the answer any more.
    var isDone: Bool { get }
    /// Sends the question, where that can be done without waiting.
    func ask(_ client: any MemcachedClient)
    /// Asks, unless ``ask(_:)`` did, and answers.
    func perform(_ client: any MemcachedClient) throws(MemcachedFault)
    func fail(_ fault: MemcachedFault)
    func fail(_ error: any Error)
}
