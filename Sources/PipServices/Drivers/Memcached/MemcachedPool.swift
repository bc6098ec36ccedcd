/// The threads that talk to memcached, and the calls that wait for them.
///
/// libmemcached blocks while it waits for a server, so it runs on threads of its own: each with a client of its own, all
/// taking calls from one queue. The thread that has rested shortest gets the next call: what it needs, here and in the
/// server, is still in the caches.
final class MemcachedPool: Sendable {
    private struct State {
        var queue = MemcachedQueue()
        var running: [(any MemcachedJob)?]
        /// The threads that rest, the one that has rested shortest last.
        var resting: [Int] = []
        var servers: MemcachedServers
        var isClosed = false
        var threads = 0
        var onEnd: [CheckedContinuation<Void, Never>] = []
        /// When the next look for calls that took too long is due, and what will do it.
        var nextLook: Duration?
        var look: Task<Void, Never>?

        /// True when all threads rest.
        var isIdle: Bool { resting.count == running.count }
    }

    let options: MemcachedOptions
    let servers: [MemcachedServer]
    let keys: MemcachedKeys
    private let clock: any ClockSource
    private let signals: [MemcachedSignal]
    private let patience: Patience
    /// Each thread has its own while it works; others only try to get it.
    private let seats: [Locked<MemcachedSeat>]
    private let state: Locked<State>

    init(_ servers: [MemcachedServer], _ options: MemcachedOptions, clock: any ClockSource) {
        self.servers = servers
        self.options = options
        keys = MemcachedKeys(options)
        self.clock = clock
        patience = Patience(.microseconds(100), clock: clock)
        let size = max(options.poolSize, 1)
        signals = (0..<size).map { _ in MemcachedSignal() }
        seats = (0..<size).map { _ in Locked(MemcachedSeat()) }
        state = Locked(
            State(
                running: Array(repeating: nil, count: size),
                servers: MemcachedServers(count: servers.count, rules: options)))
    }

    /// Starts the threads.
    /// - Throws: Internal `NO_THREAD` when the system has none left.
    func start() throws(ApplicationError) {
        for number in signals.indices {
            state.withLock { $0.threads += 1 }
            do {
                try OwnThread.start { self.work(number) }
            } catch {
                state.withLock { $0.threads -= 1 }
                shutDown()
                throw error
            }
        }
    }

    /// Takes no more calls, and fails those that wait. The threads end by themselves.
    func shutDown() {
        let (calls, look) = state.withLock { state in
            let calls = state.queue.removeAll() + state.running.compactMap { $0 }
            state.isClosed = true
            return (calls, state.look)
        }
        look?.cancel()
        for call in calls { call.fail(ApplicationError.memcachedNotOpened(nil)) }
        for signal in signals { signal.post() }
    }

    /// As ``shutDown()``, and waits until the threads have ended.
    func close() async {
        shutDown()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.onEnd.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// Has one of the threads do something with its client, and waits for what comes of it.
    ///
    /// - Throws: what `explain` makes of a failure, which passing the deadline is too; NoResponse `QUEUE_FULL`;
    ///   `CancellationError`.
    func call<Answer: Sendable>(
        _ context: Context, deadline: Duration, explain: @escaping @Sendable (MemcachedFault) -> ApplicationError,
        asking: (@Sendable (any MemcachedClient) -> Void)? = nil,
        _ work: @escaping @Sendable (any MemcachedClient) throws(MemcachedFault) -> Answer
    ) async throws -> Answer {
        let call = MemcachedCall(deadline: deadline, explain: explain, asking: asking, work)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard call.wait(continuation), submit(call, context) else { return }
                patience.look { call.isDone }
            }
        } onCancel: {
            call.fail(CancellationError())
        }
    }

    /// When a call that begins now has failed: by the context, and no later than `options.timeout` allows.
    func deadline(_ context: Context) -> Duration {
        let end = clock.uptime.adding(timeout: options.timeout)
        return context.deadline.map { min($0, end) } ?? end
    }

    /// A failure in words: what was asked for, of whom, and what happened.
    func explain(
        _ fault: MemcachedFault, _ context: Context, _ operation: String, _ key: String?
    ) -> ApplicationError {
        let server = fault.server.flatMap { servers.indices.contains($0) ? servers[$0].description : nil } ?? addresses
        var details: AnyValueMap = ["server": .string(server), "operation": .string(operation)]
        if let key { details["key"] = .string(key) }
        let what = "'\(operation)'" + (key.map { " of '\($0)'" } ?? "")
        func connection(_ code: String, _ message: String) -> ApplicationError {
            .connection(code: code, message, traceId: context.traceId, details: details)
        }
        func badRequest(_ code: String, _ message: String) -> ApplicationError {
            .badRequest(code: code, message, traceId: context.traceId, details: details)
        }
        switch fault.kind {
        case .lost:
            return connection("CONNECTION_FAILED", "\(what) failed at memcached \(server): \(fault.reason)")
        case .late, .givenUp: return connection("TIMEOUT", "\(what) got no answer in time from memcached \(server)")
        case .down: return connection("SERVER_DOWN", "\(what) was not tried at memcached \(server): \(fault.reason)")
        case .tooLarge:
            return badRequest("VALUE_TOO_LARGE", "\(what) has a value that is too large for memcached \(server)")
        case .notANumber: return badRequest("NOT_A_NUMBER", "\(what) needs a whole number there, and the value is none")
        case .outOfRange: return badRequest("OUT_OF_RANGE", "\(what) would pass 64 bits")
        case .refused:
            return .invocation(
                code: "REFUSED", "\(what) was refused by memcached \(server): \(fault.reason)",
                traceId: context.traceId,
                details: details)
        }
    }

    /// How the servers are seen at present.
    var view: MemcachedServers.View {
        let now = clock.uptime
        return state.withLock { state in
            state.servers.refresh(at: now)
            return state.servers.view
        }
    }

    /// How many calls wait or are under way, those among them whose callers have given up.
    var load: Int { state.withLock { $0.queue.count + $0.running.count { $0 != nil } } }

    // MARK: - Internal

    /// Has a thread make a call.
    /// - Returns: true when it is the only call there is.
    private func submit(_ call: any MemcachedJob, _ context: Context) -> Bool {
        enum Way {
            case closed, full, late, queued
            case given(Int, MemcachedServers.View, isAlone: Bool)
        }
        let now = clock.uptime
        let way = state.withLock { state -> Way in
            if state.isClosed { return .closed }
            if call.deadline <= now { return .late }
            if state.queue.count >= max(options.maxPending, 1) { return .full }
            if state.nextLook.map({ call.deadline < $0 }) ?? true { schedule(call.deadline, &state) }
            let isAlone = state.isIdle
            guard let thread = state.resting.popLast() else {
                state.queue.append(call)
                return .queued
            }
            state.running[thread] = call
            return .given(thread, state.servers.view, isAlone: isAlone)
        }
        switch way {
        case .given(let thread, let view, let isAlone):
            _ = seats[thread].withLockIfAvailable { $0.ask(call, view, now, options) }
            signals[thread].post()
            return isAlone
        case .queued: break
        case .late: call.fail(MemcachedFault(kind: .late, reason: "the deadline has passed already"))
        case .closed: call.fail(ApplicationError.memcachedNotOpened(context))
        case .full:
            call.fail(
                ApplicationError.connection(
                    code: "QUEUE_FULL",
                    "\(options.maxPending) calls wait for memcached at \(addresses) already, which "
                        + "'options.max_pending' allows", traceId: context.traceId))
        }
        return false
    }

    private var addresses: String { servers.map(\.description).joined(separator: ", ") }

    // MARK: - Deadlines

    private func schedule(_ deadline: Duration, _ state: inout State) {
        state.look?.cancel()
        state.nextLook = deadline
        state.look = Task { [weak self, clock] in
            guard (try? await clock.sleep(for: (deadline - clock.uptime).asSleep)) != nil else { return }
            self?.lookForLate()
        }
    }

    private func lookForLate() {
        let now = clock.uptime
        let late = state.withLock { state in
            let open = (state.queue.all + state.running.compactMap { $0 }).filter { !$0.isDone }
            state.nextLook = nil
            let next = open.lazy.map(\.deadline).filter { $0 > now }.min()
            if let next, !state.isClosed { schedule(next, &state) }
            return open.filter { $0.deadline <= now }
        }
        for call in late {
            call.fail(
                MemcachedFault(kind: .late, reason: "no answer came in time"))
        }
    }

    // MARK: - Threads

    /// So often a thread looks for the next call before it sleeps, if that came so soon the last time, and nobody else is
    /// at work: one task makes its calls one after the other.
    private static let looks = 40
    private static let shortRest = Duration.microseconds(200)

    private func work(_ number: Int) {
        var rest = Duration.seconds(1)
        while let (call, view, now) = next(number, &rest) {
            seats[number].withLock { serve(call, view, now, &$0) }
        }
        seats[number].withLock { $0.client = nil }
        let onEnd = state.withLock { state in
            state.threads -= 1
            state.running[number] = nil
            guard state.threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.onEnd = [] }
            return state.onEnd
        }
        for continuation in onEnd { continuation.resume() }
    }

    /// Waits for a call. Nil when there will be none.
    /// - Parameter rest: how long that took the last time, and becomes how long it took.
    private func next(
        _ number: Int, _ rest: inout Duration
    ) -> (any MemcachedJob, MemcachedServers.View, Duration)? {
        var restsSince: Duration?
        while true {
            let now = clock.uptime
            let (call, view, isClosed, isIdle) = state.withLock { state in
                if restsSince == nil {
                    state.running[number] = state.queue.popFirst()
                    if state.running[number] == nil { state.resting.append(number) }
                }
                state.servers.refresh(at: now)
                return (state.running[number], state.servers.view, state.isClosed, state.isIdle)
            }
            if isClosed { return nil }
            if let call {
                rest = now - (restsSince ?? now)
                return (call, view, now)
            }
            restsSince = restsSince ?? now
            signals[number].wait(looks: isIdle && rest < Self.shortRest ? Self.looks : 0)
        }
    }

    private func serve(
        _ call: any MemcachedJob, _ view: MemcachedServers.View, _ now: Duration, _ seat: inout MemcachedSeat
    ) {
        if !call.isDone {
            if !seat.isFresh(view, now, options) { seat.client = nil }
            perform(call, view, now, &seat.client)
            seat.lastUse = clock.uptime
        }
        // An answer that was not read, since nobody waits for it any more, would be taken for that of the next call.
        if seat.client?.isAsked == true { seat.client = nil }
    }

    private func perform(
        _ call: any MemcachedJob, _ view: MemcachedServers.View, _ now: Duration,
        _ client: inout (any MemcachedClient)?
    ) {
        var fault: MemcachedFault
        let span = min(options.timeout, call.deadline - now)
        do throws(MemcachedFault) {
            let present: any MemcachedClient
            if let client {
                present = client
            } else {
                present = try MemcachedLibrary.client(servers, view)
                client = present
            }
            present.view = view
            present.limitWaits(to: milliseconds(span))
            present.isOver = { [clock] in call.isDone || clock.uptime >= call.deadline }
            try call.perform(present)
            if view.isDoubtful {
                state.withLock { state in
                    for server in present.asked { state.servers.succeed(server, epoch: view.epoch) }
                }
            }
            return
        } catch {
            fault = error
        }
        // A server that had hardly any time is not to blame, nor are other callers to suffer from it.
        if fault.kind == .late, span < options.timeout / 2 {
            fault = MemcachedFault(kind: .givenUp, reason: fault.reason, server: fault.server)
        }
        if fault.kind == .lost || fault.kind == .late {
            let now = clock.uptime
            state.withLock { $0.servers.fail(fault.server, epoch: view.epoch, at: now) }
        }
        call.fail(fault)
        // Answered before, since letting go of a connection may wait for a moment.
        if ![.down, .notANumber, .outOfRange].contains(fault.kind) { client = nil }
    }

    private func milliseconds(_ span: Duration) -> Int {
        let (seconds, fraction) = max(span, .milliseconds(1)).components
        return seconds < 1_000_000 ? Int(seconds) * 1000 + Int(fraction / 1_000_000_000_000_000) : 1_000_000_000
    }
}

extension ApplicationError {
    /// A connection that was not opened, or is closed.
    static func memcachedNotOpened(_ context: Context?) -> ApplicationError {
        .invalidState(code: "NOT_OPENED", "The connection to memcached is not open", traceId: context?.traceId)
    }
}
