#if PIP_CURL
/// The queue of commands from tasks to the thread that runs libcurl.
///
/// A task appends under a lock and wakes the thread only if it waits for its sockets. The number of commands is bounded by
/// the number of calls: each call is started once, and canceled, resumed or ended once per wait.
final class CurlCommandQueue: Sendable {
    enum Command: Sendable {
        case start(CurlCall)
        case cancel(Int)
        case resume(Int)
        case endStalled(Int)
    }

    /// Ends the wait of the thread.
    let wakeup: Wakeup
    private let state = Locked(State())

    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init() throws(ApplicationError) { wakeup = try Wakeup() }

    // MARK: - For tasks

    /// A number that identifies a call.
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

    /// The number of calls that have no connection yet.
    var unsentCount: Int { state.withLock { $0.unsent } }

    /// The number of connections after the first one that were made since the last time.
    func takeReconnects() -> Int {
        state.withLock { state in
            defer { state.reconnects = 0 }
            return state.reconnects
        }
    }

    /// Cancels a call. Does nothing if the call has ended.
    func cancel(_ id: Int) { _ = append(.cancel(id)) }

    /// Continues the transfer of a call whose body was full or empty.
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

    /// Records that a call has got its connection, or has ended without one.
    func noteSent() { state.withLock { $0.unsent -= 1 } }

    /// Records connections that were made.
    func noteConnections(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { state in
            state.reconnects += state.hasConnected ? count : count - 1
            state.hasConnected = true
        }
    }

    /// Ends a call whose transfer cannot go on. For callbacks of libcurl, in which a transfer cannot be removed.
    func endStalled(_ id: Int) { _ = append(.endStalled(id)) }

    /// Returns all commands and removes them; nil when the queue is stopped.
    func takeAll() -> [Command]? {
        state.withLock { state in
            state.isThreadWaiting = false
            guard !state.isStopped else { return nil }
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Returns true if the thread may wait. From then on a command wakes it.
    func prepareToWait() -> Bool {
        state.withLock { state in
            state.isThreadWaiting = state.commands.isEmpty && !state.isStopped
            return state.isThreadWaiting
        }
    }

    /// Fails the calls that are left. The thread calls this last.
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

    /// Wakes outside the lock, so that the thread does not wake just to wait for the lock.
    private func wakeThread() {
        // The thread may release its reference at any time: this one keeps the descriptor open during the call.
        withExtendedLifetime(self) { wakeup.wake() }
    }
}
#endif
