import Synchronization

/// The threads that communicate with memcached, and the calls waiting for them.
///
/// libmemcached blocks while it waits for a server, so it runs on dedicated threads, each with its own client. Callers
/// append calls to one queue and wake one thread.
final class MemcachedPool: Sendable {
    typealias ClientFactory =
        @Sendable ([MemcachedServer], MemcachedServers.View) throws(MemcachedFault) -> any MemcachedClient

    /// In nanoseconds of the clock's `uptime`.
    private final class LastReply: Sendable {
        let time = Atomic<Int64>(.min)
    }

    private struct Router {
        let members: [Int]
        let client: any MemcachedClient
    }

    private struct State {
        var calls: MemcachedPoolState
        var servers: MemcachedServers
        var threadCount = 0
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
        /// The deadline for which the timer is set.
        var nextDeadline: Duration?
        var deadlineTimer: Task<Void, Never>?
    }

    let options: MemcachedOptions
    let servers: [MemcachedServer]
    let keyRules: MemcachedKeyRules
    let clock: any ClockSource
    /// Counts and logs; nil in tests.
    let meter: DriverMeter?
    private let clientFactory: ClientFactory
    /// The time of each server's last reply.
    private let replies: [LastReply]
    /// Maps keys to servers. Never connects.
    private let router = Locked<Router?>(nil)
    /// One per worker.
    private let wakeups: [Wakeup]
    private let state: Locked<State>

    /// Creates a pool without starting threads.
    /// - Throws: Internal `NO_DESCRIPTOR` if the system has no descriptors left.
    init(
        _ servers: [MemcachedServer], _ options: MemcachedOptions, clock: any ClockSource, meter: DriverMeter? = nil,
        clientFactory: @escaping ClientFactory = MemcachedLibrary.client
    ) throws(ApplicationError) {
        self.servers = servers
        self.options = options
        self.clock = clock
        self.clientFactory = clientFactory
        self.meter = meter
        replies = servers.map { _ in LastReply() }
        keyRules = MemcachedKeyRules(options)
        var wakeups: [Wakeup] = []
        for _ in 0..<max(options.poolSize, 1) { wakeups.append(try Wakeup()) }
        self.wakeups = wakeups
        state = Locked(
            State(
                calls: MemcachedPoolState(
                    workers: wakeups.count, maxPending: max(options.maxPending, 1), servers: servers.count),
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
        for call in calls {
            call.fail(ApplicationError.memcachedNotOpened(nil))
            call.interrupt()
        }
        for wakeup in wakeups { wakeup.wake() }
    }

    /// Like ``shutDown()``, but waits for the threads, at most `options.timeout` or a minute, even if the task is
    /// cancelled. A thread inside a libmemcached call ends after that call.
    func close() async {
        shutDown()
        let limit = min(options.timeout, .seconds(60))
        _ = try? await cleanUp(.empty, within: limit, clock: clock) { _ in await self.waitForThreads() }
    }

    /// Executes a call on a thread of the pool and waits for its result.
    ///
    /// - Parameters:
    ///   - key: the key as it is sent; nil for an operation on several keys.
    ///   - deadline: the call's deadline as a clock reading; nil for ``deadline(of:)``.
    ///   - work: runs on a thread with its client. It may block.
    /// - Throws: the error of a ``MemcachedFault``; NoResponse `QUEUE_FULL`; InvalidState `NOT_OPENED`; `CancellationError`.
    func execute<Value: Sendable>(
        _ operation: MemcachedOperation, key: String? = nil, deadline: Duration? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    ) async throws -> Value {
        guard let meter else { return try await run(operation, key, deadline, work) }
        return try await meter.measure(queueDepth: queueDepth) { try await run(operation, key, deadline, work) }
    }

    /// The deadline of a call that starts now, as a clock reading: the earlier of the context's deadline and
    /// `options.timeout`.
    func deadline(of context: Context) -> Duration {
        let end = clock.uptime.adding(timeout: options.timeout)
        return context.deadline.map { min($0, end) } ?? end
    }

    /// The fault of a server that is down and not due for a probe; nil if there is none.
    func downServer(at now: Duration) -> MemcachedFault? {
        state.withLock { state in
            state.servers.unusable(at: now).map {
                MemcachedFault(kind: .serverDown, reason: "it failed before and is not used for a while", server: $0)
            }
        }
    }

    /// The number of calls waiting for a thread.
    var queueDepth: Int { state.withLock { $0.calls.queueDepth } }

    /// The number of waiting and executing calls, including abandoned ones.
    var load: Int { state.withLock { $0.calls.load } }

    // MARK: - Internal

    private func run<Value: Sendable>(
        _ operation: MemcachedOperation, _ key: String?, _ deadline: Duration?,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Value
    ) async throws -> Value {
        let call = MemcachedCall(
            operation, servers, server: server(of: key), deadline: deadline ?? self.deadline(of: operation.context),
            work)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if call.wait(continuation) { submit(call, operation.context) }
            }
        } onCancel: {
            call.fail(CancellationError())
            state.withLock { $0.calls.noteAbandoned() }
        }
    }

    /// The server of a key; nil for several keys.
    private func server(of key: String?) -> Int? {
        guard servers.count > 1 else { return servers.isEmpty ? nil : 0 }
        guard let key else { return nil }
        let members = options.remove ? state.withLock { $0.servers.view.members } : Array(servers.indices)
        return router.withLock { router in
            if router?.members != members {
                router = (try? clientFactory(servers, MemcachedServers.View(members: members))).map {
                    Router(members: members, client: $0)
                }
            }
            return router?.client.server(of: key)
        }
    }

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

    func nextStep(of worker: Int) -> MemcachedPoolState.Step {
        let now = clock.uptime
        let (step, helper) = state.withLock { state in
            let step = state.calls.next(of: worker, at: now)
            return (step, state.calls.takeHelper(at: now))
        }
        if let helper { wakeups[helper].wake() }
        return step
    }

    func createClient(_ view: MemcachedServers.View) throws(MemcachedFault) -> any MemcachedClient {
        try clientFactory(servers, view)
    }

    /// The servers to use now.
    /// - Parameter server: the server of the call; nil for a call to several servers.
    func view(at now: Duration, for server: Int? = nil) -> MemcachedServers.View {
        state.withLock { $0.servers.view(at: now, for: server) }
    }

    func noteReply(of server: Int, at now: Duration) {
        // Concurrent stores may be reordered: all of these times are recent.
        if replies.indices.contains(server) { replies[server].time.store(now.inNanoseconds, ordering: .relaxed) }
    }

    func serversSucceeded(_ servers: Set<Int>, epoch: Int) {
        change("") { state in
            for server in servers { state.succeed(server, epoch: epoch) }
        }
    }

    func serverFailed(_ server: Int?, epoch: Int, _ reason: String) {
        let now = clock.uptime
        change(reason) { $0.fail(server, epoch: epoch, at: now) }
    }

    /// Reports a request without a reply.
    func serverWasSilent(_ server: Int, from start: Duration, at now: Duration, _ reason: String) {
        guard replies.indices.contains(server) else { return }
        let lastReply = Duration.nanoseconds(replies[server].time.load(ordering: .relaxed))
        change(reason) { $0.noteSilence(of: server, from: start, lastReply: lastReply, at: now) }
    }

    /// Updates the state of the servers, and reports losses and recoveries.
    private func change(_ reason: String, _ body: @Sendable (inout MemcachedServers) -> Void) {
        let (before, after) = state.withLock { state in
            let before = state.servers.lost
            body(&state.servers)
            return (before, state.servers.lost)
        }
        guard before != after, let meter else { return }
        for server in after.subtracting(before).sorted() {
            meter.noteLoss(of: "memcached \(servers[server])", reason)
        }
        for server in before.subtracting(after).sorted() { meter.noteRecovery(of: "memcached \(servers[server])") }
        meter.noteBreaker(after.isEmpty ? .closed : after.count == servers.count ? .open : .halfOpen)
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
        let (expired, overdue) = state.withLock { state in
            let (expired, next) = state.calls.expire(at: now)
            state.nextDeadline = nil
            if let next, !state.calls.isClosed { startTimer(until: next, &state) }
            return (expired, state.calls.overdue(at: now))
        }
        for call in expired { call.fail(MemcachedFault(kind: .timedOut, reason: "no reply came in time")) }
        for call in overdue { call.interrupt() }
    }
}

extension ApplicationError {
    /// The error for a connection that is not open.
    static func memcachedNotOpened(_ context: Context?) -> ApplicationError {
        .invalidState(code: "NOT_OPENED", "The connection to memcached is not open", traceId: context?.traceId)
    }
}
