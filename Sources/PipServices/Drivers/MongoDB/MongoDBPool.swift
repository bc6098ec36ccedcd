internal import DequeModule

/// The threads that talk to MongoDB, and the calls that wait for them.
///
/// libmongoc blocks while it waits for a server, so it runs on threads of its own. Callers append calls to one queue and wake
/// one thread. A caller waits at most until its deadline; a thread at most for the socket timeout of the library.
final class MongoDBPool: Sendable {
    typealias SourceFactory = @Sendable (MongoDBAddress) throws(MongoDBFault) -> any MongoDBClientSource

    struct Options: Sendable {
        var threads = 10
        var maxPending = 10_000
        var commandTimeout = Duration.seconds(30)
    }

    private struct State {
        var queue: Deque<any MongoDBJob> = []
        /// The call that each thread executes.
        var running: [(any MongoDBJob)?]
        /// The threads that sleep; the last one to fall asleep is woken first, since its connection is the warmest.
        var resting: [Int] = []
        var threadCount = 0
        var isClosed = false
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
        /// The deadline that the timer waits for.
        var nextDeadline: Duration?
        var timer: Task<Void, Never>?
        /// Created by the first thread that needs it, since it may resolve host names.
        var source: (any MongoDBClientSource)?
    }

    let address: MongoDBAddress
    let options: Options
    let clock: any ClockSource
    private let meter: DriverMeter?
    private let factory: SourceFactory
    private let wakeups: [Wakeup]
    private let state: Locked<State>
    private let order: Locked<Int64>

    /// Creates a pool and starts its threads.
    /// - Throws: Internal `NO_DESCRIPTOR`, `NO_THREAD` if the system has none left.
    init(
        _ address: MongoDBAddress, _ options: Options, clock: any ClockSource, meter: DriverMeter? = nil,
        factory: @escaping SourceFactory = MongoDBLibrary.source
    ) throws(ApplicationError) {
        (self.address, self.options, self.clock, self.meter, self.factory) = (address, options, clock, meter, factory)
        var wakeups: [Wakeup] = []
        for _ in 0..<max(options.threads, 1) { wakeups.append(try Wakeup()) }
        self.wakeups = wakeups
        state = Locked(State(running: Array(repeating: nil, count: wakeups.count)))
        order = Locked(0)
        for number in wakeups.indices {
            state.withLock { $0.threadCount += 1 }
            do throws(ApplicationError) {
                try OwnThread.start { self.runThread(number) }
            } catch {
                state.withLock { $0.threadCount -= 1 }
                shutDown()
                throw error
            }
        }
    }

    /// Numbers that grow, by which documents are kept in the order in which they were stored: microseconds, or one more than
    /// the last one.
    /// - Returns: the first of `count` numbers.
    func nextOrder(_ count: Int = 1) -> Int64 {
        let now = Int64(exactly: (clock.now.timeIntervalSince1970 * 1_000_000).rounded(.down)) ?? 0
        return order.withLock { last in
            let first = max(now, last + 1)
            last = first + Int64(count - 1)
            return first
        }
    }

    /// Executes a call on one of the threads and waits for its result.
    ///
    /// - Parameters:
    ///   - operation: what is done, for errors, such as `find in 'beacons'`.
    ///   - work: may block, and may be called with a client whose connection is not open yet.
    /// - Throws: the error of a ``MongoDBFault`` or ``BSONFault``; NoResponse `TIMEOUT`, `QUEUE_FULL`; InvalidState
    ///   `NOT_OPENED`; `CancellationError`; what `work` throws.
    func execute<Value: Sendable>(
        _ context: Context, _ operation: String, _ work: @escaping @Sendable (MongoDBSession) throws -> Value
    ) async throws -> Value {
        guard let meter else { return try await run(context, operation, work) }
        return try await meter.measure(queueDepth: queueDepth) { try await run(context, operation, work) }
    }

    /// The calls that wait for a thread.
    var queueDepth: Int { state.withLock { $0.queue.count } }

    /// Fails the calls that wait. The threads end, and close the connections, after the calls that they execute.
    func shutDown() {
        let (waiting, running) = state.withLock { state in
            guard !state.isClosed else { return ([any MongoDBJob](), [any MongoDBJob]()) }
            state.isClosed = true
            state.timer?.cancel()
            defer { state.queue.removeAll() }
            return (Array(state.queue), state.running.compactMap { $0 })
        }
        for call in waiting { call.fail(ApplicationError.mongoDBNotOpened(nil)) }
        // Whether the server carries these out is unknown.
        for call in running { call.fail(MongoDBFault(.connectionFailed, "the connection is being closed")) }
        for wakeup in wakeups { wakeup.wake() }
    }

    /// Like ``shutDown()``, and waits for the threads, at most as long as a call may take or a minute, also in a task that is
    /// cancelled.
    func close() async {
        shutDown()
        let limit = min(options.commandTimeout, .seconds(60))
        _ = try? await cleanUp(.empty, within: limit, clock: clock) { _ in await self.waitForThreads() }
    }

    // MARK: - Internal

    private func run<Value: Sendable>(
        _ context: Context, _ operation: String, _ work: @escaping @Sendable (MongoDBSession) throws -> Value
    ) async throws -> Value {
        let end = clock.uptime.adding(timeout: options.commandTimeout)
        let call = MongoDBCall(
            context, operation, address.place, deadline: context.deadline.map { min($0, end) } ?? end, work)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if call.wait(continuation) { submit(call, context) }
            }
        } onCancel: {
            call.fail(CancellationError())
        }
    }

    private enum Admission {
        case accepted(wake: Int?)
        case full
        case closed
    }

    private func submit(_ call: any MongoDBJob, _ context: Context) {
        guard call.deadline > clock.uptime else {
            return call.fail(MongoDBFault(.timedOut, "the deadline has passed already"))
        }
        let admission = state.withLock { state -> Admission in
            if state.isClosed { return .closed }
            if state.queue.count >= options.maxPending { state.queue.removeAll { $0.isDone } }
            guard state.queue.count < options.maxPending else { return .full }
            state.queue.append(call)
            if state.nextDeadline.map({ call.deadline < $0 }) ?? true { startTimer(until: call.deadline, &state) }
            return .accepted(wake: state.resting.popLast())
        }
        switch admission {
        case .accepted(let thread): if let thread { wakeups[thread].wake() }
        case .closed: call.fail(ApplicationError.mongoDBNotOpened(context))
        case .full:
            call.fail(
                ApplicationError.connection(
                    code: "QUEUE_FULL",
                    "\(options.maxPending) calls wait for MongoDB \(address.place), the limit of 'options.max_pending'",
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

    // MARK: - Threads

    private enum Step {
        case execute(any MongoDBJob)
        case rest
        case end
    }

    private func runThread(_ number: Int) {
        loop: while true {
            switch nextStep(number) {
            case .execute(let job): execute(job)
            case .rest: wakeups[number].wait()
            case .end: break loop
            }
        }
        threadEnded()
    }

    private func nextStep(_ number: Int) -> Step {
        state.withLock { state in
            state.running[number] = nil
            if state.isClosed { return .end }
            while let job = state.queue.popFirst() {
                if job.isDone { continue }
                state.running[number] = job
                return .execute(job)
            }
            if !state.resting.contains(number) { state.resting.append(number) }
            return .rest
        }
    }

    private func execute(_ job: any MongoDBJob) {
        do throws(MongoDBFault) {
            let source = try source()
            if let fault = job.execute(source, clock) {
                if fault.isLoss { note(fault) }
            } else {
                noteSuccess()
            }
        } catch {
            job.fail(error)
            note(error)
        }
    }

    private func source() throws(MongoDBFault) -> any MongoDBClientSource {
        if let source = state.withLock({ $0.source }) { return source }
        let new = try factory(address)
        // Another thread may have been faster. Creating one does not wait for the server.
        let (used, spare) = state.withLock { state -> (any MongoDBClientSource, (any MongoDBClientSource)?) in
            if let source = state.source { return (source, new) }
            state.source = new
            return (new, nil)
        }
        spare?.close()
        return used
    }

    private func note(_ fault: MongoDBFault) {
        meter?.noteLoss(of: "MongoDB \(address.place)", fault.reason.shortened)
        meter?.noteBreaker(.open)
    }

    private func noteSuccess() {
        meter?.noteRecovery(of: "MongoDB \(address.place)")
        meter?.noteBreaker(.closed)
    }

    private func threadEnded() {
        let (source, waiters) = state.withLock { state in
            state.threadCount -= 1
            guard state.threadCount == 0 else {
                return (nil as (any MongoDBClientSource)?, [CheckedContinuation<Void, Never>]())
            }
            defer { (state.source, state.closeWaiters) = (nil, []) }
            return (state.source, state.closeWaiters)
        }
        source?.close()
        for waiter in waiters { waiter.resume() }
    }

    // MARK: - Deadlines

    private func startTimer(until deadline: Duration, _ state: inout State) {
        state.timer?.cancel()
        state.nextDeadline = deadline
        // Detached: it serves all calls, not only the one that starts it.
        state.timer = Task.detached(priority: .high) { [weak self, clock] in
            guard (try? await clock.sleep(for: (deadline - clock.uptime).asSleep)) != nil else { return }
            self?.expireCalls()
        }
    }

    private func expireCalls() {
        let now = clock.uptime
        let expired = state.withLock { state in
            let open = (Array(state.queue) + state.running.compactMap { $0 }).filter { !$0.isDone }
            state.queue.removeAll { $0.isDone || $0.deadline <= now }
            state.nextDeadline = nil
            if let next = open.lazy.map(\.deadline).filter({ $0 > now }).min(), !state.isClosed {
                startTimer(until: next, &state)
            }
            return open.filter { $0.deadline <= now }
        }
        for call in expired { call.fail(MongoDBFault(.timedOut, "the time for the call is over")) }
    }
}

extension ApplicationError {
    /// The connection was not opened, or is closed.
    static func mongoDBNotOpened(_ context: Context?) -> ApplicationError {
        .invalidState(code: "NOT_OPENED", "The connection to MongoDB is not open", traceId: context?.traceId)
    }
}
