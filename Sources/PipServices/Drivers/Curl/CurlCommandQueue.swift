#if PIP_CURL
/// The queue of commands from tasks to the libcurl thread.
///
/// A task appends under a lock and wakes the thread only if it waits for sockets. The number of calls limits the number
/// of commands: each call is started once, and cancelled, resumed or ended once per wait.
final class CurlCommandQueue: Sendable {
    enum Command: Sendable {
        case start(CurlCall)
        case cancel(Int)
        case resume(Int)
        case endStalled(Int)
    }

    /// Wakes the thread.
    let wakeup: Wakeup
    private let state = Locked(State())

    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init() throws(ApplicationError) { wakeup = try Wakeup() }

    // MARK: - For tasks

    /// Returns a new id for a call.
    func nextId() -> Int {
        state.withLock { state in
            state.lastId &+= 1
            return state.lastId
        }
    }

    /// Queues a call. If the queue is stopped, the call fails.
    func start(_ call: CurlCall) {
        state.withLock { $0.unsent += 1 }
        if !append(.start(call)) { CurlExchange(call).refuse() }
    }

    /// The number of calls without a connection.
    var unsentCount: Int { state.withLock { $0.unsent } }

    /// The number of connections since the last call, not counting the very first.
    func takeReconnects() -> Int {
        state.withLock { state in
            defer { state.reconnects = 0 }
            return state.reconnects
        }
    }

    /// Cancels a call. Does nothing if the call has ended.
    func cancel(_ id: Int) { _ = append(.cancel(id)) }

    /// Resumes the transfer of a call after its body was full or empty.
    func resume(_ id: Int) { _ = append(.resume(id)) }

    /// Stops the thread.
    /// - Parameter onEnd: called when the thread has closed all connections.
    func stop(_ onEnd: (@Sendable () -> Void)? = nil) {
        let hasEnded = state.withLock { state in
            state.isStopped = true
            if !state.hasEnded, let onEnd { state.onEnd.append(onEnd) }
            return state.hasEnded
        }
        if hasEnded { onEnd?() } else { wakeThread() }
    }

    // MARK: - For the thread

    /// True after ``end()``.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Records that a call has a connection, or has ended without one.
    func noteSent() { state.withLock { $0.unsent -= 1 } }

    /// Records new connections.
    func noteConnections(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { state in
            state.reconnects += state.hasConnected ? count : count - 1
            state.hasConnected = true
        }
    }

    /// Ends a stalled transfer. For callbacks of libcurl, which cannot remove a transfer.
    func endStalled(_ id: Int) { _ = append(.endStalled(id)) }

    /// Removes and returns all commands; nil when the queue is stopped.
    func takeAll() -> [Command]? {
        state.withLock { state in
            state.isThreadWaiting = false
            guard !state.isStopped else { return nil }
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Returns true if the thread may wait. From then on, a command wakes it.
    func prepareToWait() -> Bool {
        state.withLock { state in
            state.isThreadWaiting = state.commands.isEmpty && !state.isStopped
            return state.isThreadWaiting
        }
    }

    /// Fails the remaining calls. The last call by the thread.
    func end() {
        let (commands, handlers) = state.withLock { state in
            defer { (state.commands, state.onEnd) = ([], []) }
            (state.isStopped, state.hasEnded) = (true, true)
            return (state.commands, state.onEnd)
        }
        for case .start(let call) in commands { CurlExchange(call).refuse() }
        for handler in handlers { handler() }
    }

    // MARK: - Internal

    private struct State: Sendable {
        var commands: [Command] = []
        var lastId = 0
        var unsent = 0
        var reconnects = 0
        var hasConnected = false
        /// True from ``prepareToWait()`` until the first command.
        var isThreadWaiting = false
        var isStopped = false
        var hasEnded = false
        var onEnd: [@Sendable () -> Void] = []
    }

    /// Returns false if the queue is stopped.
    private func append(_ command: Command) -> Bool {
        let (isAppended, mustWake) = state.withLock { state in
            guard !state.isStopped else { return (false, false) }
            state.commands.append(command)
            defer { state.isThreadWaiting = false }
            return (true, state.isThreadWaiting)
        }
        if mustWake { wakeThread() }
        return isAppended
    }

    /// Wakes the thread outside the lock, so that it does not block on the lock.
    private func wakeThread() {
        // The thread may release its reference at any time: this one keeps the descriptor open.
        withExtendedLifetime(self) { wakeup.wake() }
    }
}
#endif
