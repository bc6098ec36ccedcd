/// The threads that talk to memcached, and the calls that wait for them.
///
/// libmemcached blocks while it waits for a server, so it runs on threads of its own. Each thread has its own client. Callers
/// append calls to one queue and wake one thread.
final class MemcachedPool: Sendable {
    typealias ClientFactory =
        @Sendable ([MemcachedServer], MemcachedServers.View) throws(MemcachedFault) -> any MemcachedClient

    private struct State {
        var calls: MemcachedPoolState
        var servers: MemcachedServers
        var threadCount = 0
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
        /// The deadline that the timer waits for.
        var nextDeadline: Duration?
        var deadlineTimer: Task<Void, Never>?
    }

    let options: MemcachedOptions
    let servers: [MemcachedServer]
    let keyRules: MemcachedKeyRules
    let clock: any ClockSource
    private let clientFactory: ClientFactory
    /// One per worker.
    private let wakeups: [Wakeup]
    private let state: Locked<State>

    /// Creates a pool without threads.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init(
        _ servers: [MemcachedServer], _ options: MemcachedOptions, clock: any ClockSource,
        clientFactory: @escaping ClientFactory = MemcachedLibrary.client
    ) throws(ApplicationError) {
        self.servers = servers
        self.options = options
        self.clock = clock
        self.clientFactory = clientFactory
        keyRules = MemcachedKeyRules(options)
        var wakeups: [Wakeup] = []
        for _ in 0..<max(options.poolSize, 1) { wakeups.append(try Wakeup()) }
        self.wakeups = wakeups
        state = Locked(
            State(
                calls: MemcachedPoolState(workers: wakeups.count, maxPending: max(options.maxPending, 1)),
                servers: MemcachedServers(count: servers.count, rules: options)))
    }

    /// Starts the threads.
    /// - Throws: Internal `NO_THREAD` if the system has none left.
    func start() throws(ApplicationError) {
        for (number, wakeup) in wakeups.enumerated() {
            state.withLock { $0.threadCount += 1 }
            do {
                try OwnThread.start { MemcachedWorker(number: number, wakeup: wakeup, pool: self).run() }
            } catch {
                workerEnded()
                shutDown()
                throw error
            }
        }
    }

    /// Fails all calls, accepts no more, and lets the threads end without waiting for them.
    func shutDown() {
        let (calls, timer) = state.withLock { state in
            defer { state.deadlineTimer = nil }
            return (state.calls.close(), state.deadlineTimer)
        }
        timer?.cancel()
        for call in calls { call.fail(ApplicationError.memcachedNotOpened(nil)) }
        for wakeup in wakeups { wakeup.wake() }
    }

    /// Like ``shutDown()``, and waits for the threads, at most `options.timeout`. A thread that is still in a call of
    /// libmemcached ends after it.
    func close() async {
        shutDown()
        _ = try? await withTimeout(options.timeout.asSleep, clock: clock) { await self.waitForThreads() }
    }

    /// Executes a call on one of the threads and waits for its result.
    ///
    /// - Parameters:
    ///   - deadline: the reading of the clock at which the call times out; nil for ``deadline(of:)``.
    ///   - work: what a thread executes with its client. It may block.
    /// - Throws: the error of a ``MemcachedFault``; NoResponse `QUEUE_FULL`; InvalidState `NOT_OPENED`; `CancellationError`.
    func execute<Value: Sendable>(
        _ operation: MemcachedOperation, deadline: Duration? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    ) async throws -> Value {
        let call = MemcachedCall(operation, servers, deadline: deadline ?? self.deadline(of: operation.context), work)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if call.wait(continuation) { submit(call, operation.context) }
            }
        } onCancel: {
            call.fail(CancellationError())
            state.withLock { $0.calls.noteAbandoned() }
        }
    }

    /// The reading of the clock at which a call that begins now times out: the deadline of the context, or after
    /// `options.timeout` if that is earlier.
    func deadline(of context: Context) -> Duration {
        let end = clock.uptime.adding(timeout: options.timeout)
        return context.deadline.map { min($0, end) } ?? end
    }

    /// The number of calls that wait or are executed, including abandoned ones.
    var load: Int { state.withLock { $0.calls.load } }

    // MARK: - Internal

    private func submit(_ call: any MemcachedJob, _ context: Context) {
        guard call.deadline > clock.uptime else {
            return call.fail(MemcachedFault(kind: .timedOut, reason: "the deadline has passed already"))
        }
        let admission = state.withLock { state in
            let admission = state.calls.enqueue(call)
            if case .accepted = admission, state.nextDeadline.map({ call.deadline < $0 }) ?? true {
                startTimer(until: call.deadline, &state)
            }
            return admission
        }
        switch admission {
        case .accepted(let worker):
            if let worker { wakeups[worker].wake() }
        case .closed: call.fail(ApplicationError.memcachedNotOpened(context))
        case .full:
            let addresses = servers.map(\.description).joined(separator: ", ")
            call.fail(
                ApplicationError.connection(
                    code: "QUEUE_FULL",
                    "\(options.maxPending) calls wait for memcached \(addresses), the limit of 'options.max_pending'",
                    traceId: context.traceId))
        }
    }

    private func waitForThreads() async {
        await withCheckedContinuation { continuation in
            let haveEnded = state.withLock { state in
                if state.threadCount > 0 { state.closeWaiters.append(continuation) }
                return state.threadCount == 0
            }
            if haveEnded { continuation.resume() }
        }
    }

    // MARK: - For workers

    func nextStep(of worker: Int) -> MemcachedPoolState.Step { state.withLock { $0.calls.next(of: worker) } }

    func createClient(_ view: MemcachedServers.View) throws(MemcachedFault) -> any MemcachedClient {
        try clientFactory(servers, view)
    }

    /// The servers to use now.
    func view(at now: Duration) -> MemcachedServers.View {
        state.withLock { state in
            state.servers.refresh(at: now)
            return state.servers.view
        }
    }

    func serversSucceeded(_ servers: Set<Int>, epoch: Int) {
        state.withLock { state in
            for server in servers { state.servers.succeed(server, epoch: epoch) }
        }
    }

    func serverFailed(_ server: Int?, epoch: Int) {
        let now = clock.uptime
        state.withLock { $0.servers.fail(server, epoch: epoch, at: now) }
    }

    func workerEnded() {
        let waiters = state.withLock { state in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closeWaiters = [] }
            return state.closeWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: - Deadlines

    private func startTimer(until deadline: Duration, _ state: inout State) {
        state.deadlineTimer?.cancel()
        state.nextDeadline = deadline
        // Detached: it serves all calls, not only the one that starts it.
        state.deadlineTimer = Task.detached(priority: .high) { [weak self, clock] in
            guard (try? await clock.sleep(for: (deadline - clock.uptime).asSleep)) != nil else { return }
            self?.expireCalls()
        }
    }

    private func expireCalls() {
        let now = clock.uptime
        let expired = state.withLock { state in
            let (expired, next) = state.calls.expire(at: now)
            state.nextDeadline = nil
            if let next, !state.calls.isClosed { startTimer(until: next, &state) }
            return expired
        }
        for call in expired { call.fail(MemcachedFault(kind: .timedOut, reason: "no reply came in time")) }
    }
}

extension ApplicationError {
    /// The connection was not opened, or is closed.
    static func memcachedNotOpened(_ context: Context?) -> ApplicationError {
        .invalidState(code: "NOT_OPENED", "The connection to memcached is not open", traceId: context?.traceId)
    }
}
