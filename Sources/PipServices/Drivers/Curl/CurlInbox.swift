#if PIP_CURL
/// What tasks tell the thread that serves the transfers.
final class CurlInbox: Sendable {
    enum Command: Sendable {
        case start(CurlJob)
        case cancel(Int)
        case resume(Int)
    }

    private struct State: Sendable {
        var commands: [Command] = []
        var nextId = 0
        var isWaiting = false
        var isStopped = false
        var hasEnded = false
        var wake: (@Sendable () -> Void)?
        var onEnd: [@Sendable () -> Void] = []
    }
    private let state = Locked(State())

    // MARK: - For tasks

    func nextId() -> Int {
        state.withLock { state in
            state.nextId &+= 1
            return state.nextId
        }
    }

    func start(_ job: CurlJob) {
        let isTaken = state.withLock { state in
            guard !state.isStopped else { return false }
            Self.post(.start(job), &state)
            return true
        }
        if !isTaken { CurlExchange(job).refuse() }
    }

    func cancel(_ id: Int) { state.withLock { Self.post(.cancel(id), &$0) } }

    func resume(_ id: Int) { state.withLock { Self.post(.resume(id), &$0) } }

    /// Ends the thread.
    /// - Parameter onEnd: is called when it has ended.
    func stop(_ onEnd: (@Sendable () -> Void)? = nil) {
        let isOver = state.withLock { state in
            state.isStopped = true
            if state.hasEnded { return true }
            if let onEnd { state.onEnd.append(onEnd) }
            Self.wake(&state)
            return false
        }
        if isOver { onEnd?() }
    }

    // MARK: - For the thread

    func begin(wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    func take() -> [Command] {
        state.withLock { state in
            state.isWaiting = false
            let commands = state.commands
            state.commands.removeAll(keepingCapacity: true)
            return commands
        }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// True when there is nothing to do: from then on the thread is woken by what comes.
    func prepareToWait() -> Bool {
        state.withLock { state in
            state.isWaiting = state.commands.isEmpty && !state.isStopped
            return state.isWaiting
        }
    }

    /// The thread has ended.
    func end() {
        let (left, handlers) = state.withLock { state in
            defer {
                state.commands = []
                state.onEnd = []
            }
            state.hasEnded = true
            state.isStopped = true
            state.wake = nil
            return (state.commands, state.onEnd)
        }
        for case .start(let job) in left { CurlExchange(job).refuse() }
        for handler in handlers { handler() }
    }

    /// There is no thread.
    func fail() { end() }

    // MARK: - Internal

    private static func post(_ command: Command, _ state: inout State) {
        guard !state.hasEnded else { return }
        state.commands.append(command)
        wake(&state)
    }

    private static func wake(_ state: inout State) {
        guard state.isWaiting else { return }
        state.isWaiting = false
        state.wake?()
    }
}

/// A request on its way to the thread.
struct CurlJob: Sendable {
    let id: Int
    let context: Context
    let request: HTTPClientRequest
    let upload: HTTPBodyPipe?
    let download: HTTPBodyPipe?
    let continuation: CheckedContinuation<HTTPClientResponse, any Error>
    let cancel: @Sendable () -> Void
}
#endif
