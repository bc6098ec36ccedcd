#if PIP_CURL
/// What tasks tell the transfers, and who carries it out.
///
/// A task that starts a request sends it itself when there are no others: nothing there waits, and to wake the thread
/// first would take as long as a good part of a small request. Everything else is left here: for the thread, or for whoever
/// is at the loop, who looks here before leaving. The busier it is, the more is carried out at once.
final class CurlInbox: Sendable {
    enum Command: Sendable {
        case start(CurlJob)
        case cancel(Int)
        case resume(Int)
    }

    private struct State: Sendable {
        var commands: [Command] = []
        var nextId = 0
        /// True while somebody is at the loop.
        var isServed = false
        /// True while there are no transfers.
        var isQuiet = true
        /// True when the thread was woken, and nobody has looked here since.
        var isRung = false
        var isStopped = false
        var hasEnded = false
        var onEnd: [@Sendable () -> Void] = []
    }
    private let state = Locked(State())
    private let poller: CurlPoller
    private let servesOnTasks: Bool
    /// Nil before the thread starts, and after it has ended.
    private let loop = Locked<CurlLoop?>(nil)

    /// - Parameter servesOnTasks: whether tasks may be at the loop, rather than the thread alone.
    init(_ poller: CurlPoller, servesOnTasks: Bool) {
        self.poller = poller
        self.servesOnTasks = servesOnTasks
    }

    // MARK: - For tasks

    func nextId() -> Int {
        state.withLock { state in
            state.nextId &+= 1
            return state.nextId
        }
    }

    func start(_ job: CurlJob) {
        enum Next { case refuse, leave, ring, serve }
        let next = state.withLock { state -> Next in
            guard !state.isStopped else { return .refuse }
            state.commands.append(.start(job))
            if state.isServed { return .leave }
            if servesOnTasks, state.isQuiet {
                state.isServed = true
                return .serve
            }
            return Self.mustRing(&state) ? .ring : .leave
        }
        switch next {
        case .refuse: CurlExchange(job).refuse()
        case .leave: break
        case .ring: poller.ring()
        case .serve: loop.withLock { $0?.serve() }
        }
    }

    func cancel(_ id: Int) { post(.cancel(id)) }

    func resume(_ id: Int) { post(.resume(id)) }

    /// Ends the thread.
    /// - Parameter onEnd: is called when it has ended.
    func stop(_ onEnd: (@Sendable () -> Void)? = nil) {
        let isOver = state.withLock { state in
            state.isStopped = true
            if state.hasEnded { return true }
            if let onEnd { state.onEnd.append(onEnd) }
            return false
        }
        if isOver { onEnd?() } else { poller.ring() }
    }

    // MARK: - For the thread

    /// Serves the loop until it is stopped.
    func run(_ makeLoop: () -> CurlLoop?) {
        let isMade = loop.withLock { loop in
            loop = makeLoop()
            return loop != nil
        }
        var ready = CurlPoller.Ready()
        while isMade, !isStopped {
            let milliseconds = loop.withLock { loop in
                state.withLock { $0.isServed = true }
                return loop?.turn(ready) ?? 0
            }
            poller.wait(milliseconds, &ready)
        }
        loop.withLock { loop in
            loop?.endAll()
            loop = nil
        }
        end()
    }

    // MARK: - For whoever is at the loop

    /// What there is to do.
    func take() -> [Command] {
        state.withLock { state in
            state.isRung = false
            defer { state.commands.removeAll(keepingCapacity: true) }
            return state.commands
        }
    }

    /// True when there is nothing to do: whoever comes next is at the loop alone.
    /// - Parameter isQuiet: true when there are no transfers.
    func leave(isQuiet: Bool) -> Bool {
        state.withLock { state in
            state.isQuiet = isQuiet
            state.isServed = !state.commands.isEmpty
            return !state.isServed
        }
    }

    // MARK: - Internal

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func post(_ command: Command) {
        let mustRing = state.withLock { state in
            guard !state.hasEnded else { return false }
            state.commands.append(command)
            return Self.mustRing(&state)
        }
        if mustRing { poller.ring() }
    }

    /// Whether the thread is to be woken.
    private static func mustRing(_ state: inout State) -> Bool {
        guard !state.isServed, !state.isRung else { return false }
        state.isRung = true
        return true
    }

    private func end() {
        let (left, handlers) = state.withLock { state in
            defer {
                state.commands = []
                state.onEnd = []
            }
            state.hasEnded = true
            state.isStopped = true
            return (state.commands, state.onEnd)
        }
        for case .start(let job) in left { CurlExchange(job).refuse() }
        for handler in handlers { handler() }
    }
}

/// A request on its way to the transfers.
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
