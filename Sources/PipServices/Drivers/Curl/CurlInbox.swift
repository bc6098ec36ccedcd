#if PIP_CURL
/// What tasks tell the thread that serves the transfers.
///
/// A task that starts a request sends it itself where that waits for nothing and there are no others: to wake the thread
/// first would take as long as a good part of a small request. With others under way the thread is mostly awake, and carries
/// out at once what has come meanwhile.
final class CurlInbox: Sendable {
    enum Command: Sendable {
        case start(CurlJob)
        case cancel(Int)
        case resume(Int)
    }

    private struct State: Sendable {
        var commands: [Command] = []
        var nextId = 0
        /// True while the thread waits, or is about to, and nobody has woken it.
        var isWaiting = false
        var isStopped = false
        var hasEnded = false
        var onEnd: [@Sendable () -> Void] = []
    }
    private let state = Locked(State())
    private let poller: CurlPoller
    private let servesOnTasks: Bool
    /// How long the thread, when it has the answer to a lone call, looks for what comes next before it sleeps.
    let patience = Patience(.microseconds(200), clock: SystemClock())
    /// Whoever has it is the only one to call libcurl. Nil before the thread starts, and after it has ended.
    private let loop = Locked<CurlLoop?>(nil)

    /// - Parameter servesOnTasks: whether tasks may call libcurl, rather than the thread alone.
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
        if servesOnTasks, job.shape.waitsForNothing,
            loop.withLockIfAvailable({ $0?.serve(job) ?? false }) ?? false
        {
            return
        }
        if !post(.start(job)) { CurlExchange(job).refuse() }
    }

    func cancel(_ id: Int) { _ = post(.cancel(id)) }

    func resume(_ id: Int) { _ = post(.resume(id)) }

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
            let (milliseconds, isBetweenCalls) = loop.withLock { loop in
                loop.map { ($0.turn(ready), $0.isBetweenCalls) } ?? (0, false)
            }
            // Whoever makes one call after the other soon makes the next one.
            if isBetweenCalls, milliseconds > 0, patience.look(for: { poller.wait(0, &ready) }) { continue }
            poller.wait(milliseconds, &ready)
        }
        loop.withLock { loop in
            loop?.endAll()
            loop = nil
        }
        end()
    }

    /// What there is to do.
    /// - Parameter commands: an empty list, whose memory is used for what comes next.
    func take(_ commands: inout [Command]) {
        state.withLock { state in
            state.isWaiting = false
            swap(&state.commands, &commands)
        }
    }

    /// True when there is nothing to do: from then on the thread is woken by what comes.
    func prepareToWait() -> Bool {
        state.withLock { state in
            state.isWaiting = state.commands.isEmpty
            return state.isWaiting
        }
    }

    // MARK: - Internal

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// False when the thread is stopped, and will not look at it.
    private func post(_ command: Command) -> Bool {
        let (isTaken, mustRing) = state.withLock { state in
            guard !state.isStopped else { return (false, false) }
            state.commands.append(command)
            defer { state.isWaiting = false }
            return (true, state.isWaiting)
        }
        if mustRing { poller.ring() }
        return isTaken
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
final class CurlJob: Sendable {
    let id: Int
    let context: Context
    let request: HTTPClientRequest
    let shape: CurlShape
    let upload: HTTPBodyPipe?
    let download: HTTPBodyPipe?
    let continuation: UnsafeContinuation<HTTPClientResponse, any Error>
    let inbox: CurlInbox

    init(
        _ id: Int, _ context: Context, _ request: HTTPClientRequest, _ shape: CurlShape, upload: HTTPBodyPipe?,
        download: HTTPBodyPipe?, _ continuation: UnsafeContinuation<HTTPClientResponse, any Error>, _ inbox: CurlInbox
    ) {
        self.id = id
        self.context = context
        self.request = request
        self.shape = shape
        self.upload = upload
        self.download = download
        self.continuation = continuation
        self.inbox = inbox
    }
}
#endif
