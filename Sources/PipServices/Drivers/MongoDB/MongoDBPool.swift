internal import DequeModule

/// The threads that communicate with MongoDB, and the calls waiting for them.
///
/// libmongoc blocks while it waits for a server, so it runs on dedicated threads. Callers append calls to one queue and
/// wake one thread. A caller waits at most until its deadline, a thread at most for the library's socket timeout.
final class MongoDBPool: Sendable {
    typealias SourceFactory = @Sendable (MongoDBAddress) throws(MongoDBFault) -> any MongoDBClientSource

    struct Options: Sendable {
        var threads = 10
        var maxPending = 10_000
        var commandTimeout = Duration.seconds(30)
    }

    private struct State {
        var queue: Deque<any MongoDBJob> = []
        /// The call executed by each thread.
        var running: [(any MongoDBJob)?]
        /// The sleeping threads; the last one to fall asleep is woken first, because its connection is the warmest.
        var resting: [Int] = []
        var threadCount = 0
        var isClosed = false
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
        /// The deadline for which the timer is set.
        var nextDeadline: Duration?
        var timer: Task<Void, Never>?
        /// Created by the first thread that needs it, because that may resolve host names.
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
    /// - Throws: Internal `NO_DESCRIPTOR` or `NO_THREAD` if system resources are exhausted.
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

    /// Returns increasing numbers that preserve the insertion order of documents: the time in microseconds, or the last
    /// number plus one.
    /// - Returns: the first of `count` numbers.
    func nextOrder(_ count: Int = 1) -> Int64 {
        let now = Int64(exactly: (clock.now.timeIntervalSince1970 * 1_000_000).rounded(.down)) ?? 0
        return order.withLock { last in
            let first = max(now, last + 1)
            last = first + Int64(count - 1)
            return first
        }
    }

    /// Executes a call on a thread and waits for its result.
    ///
    /// - Parameters:
    ///   - operation: a description for errors, such as `find in 'beacons'`.
    ///   - work: may block. The client's connection may not be open yet.
    /// - Throws: the error of a ``MongoDBFault`` or ``BSONFault``; NoResponse `TIMEOUT`, `QUEUE_FULL`; InvalidState
    ///   `NOT_OPENED`; `CancellationError`; errors of `work`.
    func execute<Value: Sendable>(
        _ context: Context, _ operation: String, _ work: @escaping @Sendable (MongoDBSession) throws -> Value
    ) async throws -> Value {
        guard let meter else { return try await run(context, operation, work) }
        return try await meter.measure(queueDepth: queueDepth) { try await run(context, operation, work) }
    }

    /// The number of calls waiting for a thread.
    var queueDepth: Int { state.withLock { $0.queue.count } }

    /// Fails waiting calls. The threads end and close their connections after their current calls.
    func shutDown() {
        let (waiting, running) = state.withLock { state in
            guard !state.isClosed else { return ([any MongoDBJob](), [any MongoDBJob]()) }
            state.isClosed = true
            state.timer?.cancel()
            defer { state.queue.removeAll() }
            return (Array(state.queue), state.running.compactMap { $0 })
        }
        for call in waiting { call.fail(ApplicationError.mongoDBNotOpened(nil)) }
        // Whether the server executes these is unknown.
        for call in running { call.fail(MongoDBFault(.connectionFailed, "the connection is being closed")) }
        for wakeup in wakeups { wakeup.wake() }
    }

    /// Like ``shutDown()``, but waits for the threads, at most for the time limit of a call or a minute, even if the
    /// task is cancelled.
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
        // Another thread may have been faster. Creating a pool does not wait for the server.
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
    /// The error for a connection that is not open.
    static func mongoDBNotOpened(_ context: Context?) -> ApplicationError {
        .invalidState(code: "NOT_OPENED", "The connection to MongoDB is not open", traceId: context?.traceId)
    }
}
