#if PIP_ACTIVEMQ
internal import NIOCore
internal import NIOPosix

/// A client of a broker, shared by all tasks. It reconnects automatically, renews subscriptions, and resends calls that
/// do not depend on the lost connection.
///
/// A call is queued; the event loop sends queued calls and resumes each call when its receipt arrives.
final class STOMPEngine: Sendable {
    typealias Outcome = Result<Void, STOMPFailure>
    typealias Waiter = CheckedContinuation<Outcome, Never>

    /// A change of the connection.
    enum Change: Sendable {
        case lost(STOMPConnectionError, server: BrokerServer)
        case reconnected(BrokerServer)
    }

    private struct Subscription: Sendable {
        let frame: STOMPFrame
        let listener: STOMPListener
        /// True once the broker has confirmed it. It is then renewed on each new connection.
        var isConfirmed = false
    }

    private struct State {
        var isClosing = false
        /// The number of the connection; nil while there is none.
        var link: Int?
        var lastLink = 0
        var version = STOMPVersion.version12
        /// The channel of the connection.
        var channel: (any Channel)?
        /// The channel of the last attempt, for closing it.
        var dialled: (any Channel)?
        /// The reason that there is no connection.
        var reason = "it is being opened"
        var outbox = STOMPOutbox<Waiter>()
        var subscriptions: [Int: Subscription] = [:]
        var lastSubscription = 0
        /// True if sending is scheduled on the event loop.
        var isFlushing = false
        var sweepTime: Duration?
        var work: Task<Void, Never>?
    }

    let options: STOMPClientOptions
    private let clock: any ClockSource
    private let random: any RandomSource
    private let loop: any EventLoop
    private let onChange: @Sendable (Change) -> Void
    private let state = Locked(State())

    init(
        _ options: STOMPClientOptions, clock: any ClockSource, random: any RandomSource,
        onChange: @escaping @Sendable (Change) -> Void = { _ in }
    ) {
        self.options = options
        self.clock = clock
        self.random = random
        self.onChange = onChange
        loop = MultiThreadedEventLoopGroup.singleton.next()
    }

    deinit {
        let (work, channel) = state.withLock { ($0.work, $0.dialled) }
        work?.cancel()
        channel?.close(promise: nil)
    }

    /// True after ``close()``.
    var isClosed: Bool { state.withLock { $0.isClosing } }

    /// The reason that there is no connection; nil while connected.
    var missingReason: String? { state.withLock { $0.link == nil ? $0.reason : nil } }
    /// The number of unsent calls.
    var queueDepth: Int { state.withLock { $0.outbox.queuedCount } }
    /// The number and size of all waiting calls, for tests.
    var waiting: (count: Int, size: Int) { state.withLock { ($0.outbox.count, $0.outbox.size) } }

    /// Connects, and reconnects after each loss.
    /// - Parameter mayWait: true to return without a connection if the broker cannot be reached.
    /// - Throws: ``STOMPConnectionError`` if no server can be reached or one rejects the client.
    func open(mayWait: Bool = false) async throws {
        var failure = STOMPConnectionError(reason: "no server is configured", kind: .refused)
        for index in options.servers.indices {
            let (events, server) = (await connect(index), options.servers[index])
            switch await firstEvent(events) {
            case nil: return begin(events, server, index)
            case let end?:
                failure = STOMPConnectionError(reason: "\(server): \(end.error.reason)", kind: end.error.kind)
            }
            try Task.checkCancellation()
        }
        guard mayWait, !failure.isFinal else { throw failure }
        begin(nil, nil, 0)
    }

    /// Closes the connection. Waiting calls fail.
    func close() {
        let (waiters, channel, work) = state.withLock { state in
            state.isClosing = true
            (state.link, state.reason) = (nil, "it is closed")
            defer { (state.channel, state.dialled, state.work, state.subscriptions) = (nil, nil, nil, [:]) }
            return (state.outbox.removeAll(), state.dialled, state.work)
        }
        work?.cancel()
        for waiter in waiters { waiter.resume(returning: .failure(.closed)) }
        channel?.close(promise: nil)
    }

    /// Closes the connection gracefully. When it returns, other consumers can receive unacknowledged messages.
    /// - Parameter limit: the time for which to wait for the broker.
    func disconnect(within limit: Duration) async {
        let (link, work) = state.withLock { state in
            defer { state.work = nil }
            return (state.link, state.work)
        }
        // First, because the end of the connection must not count as a loss.
        work?.cancel()
        if let link {
            _ = await call([STOMPFrame("DISCONNECT")], link: link, deadline: clock.uptime.adding(timeout: limit))
        }
        close()
    }

    /// Sends frames together and waits for the receipt of the last one.
    ///
    /// - Parameter link: the connection to which they belong; if nil, they are resent on other connections until a
    ///   receipt arrives.
    func call(
        _ frames: [STOMPFrame], link: Int? = nil, deadline: Duration?, subscription: Int? = nil
    ) async -> Outcome {
        let id = state.withLock { $0.outbox.makeId() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let end = min(clock.uptime.adding(timeout: options.callTimeout), deadline ?? .never)
                let call = STOMPOutbox<Waiter>.Call(
                    frames: frames, waiter: waiter, deadline: end, link: link,
                    endsOnRefusal: subscription != nil, subscription: subscription)
                enter(id, call, waiter)
            }
        } onCancel: {
            // A call that is not queued yet checks for cancellation when it is queued.
            state.withLock { $0.outbox.abandon(id) }?.resume(returning: .failure(.cancelled))
        }
    }

    /// Subscribes, and waits for the receipt. The subscription lasts until the engine is closed. If it fails, the
    /// broker may still have created the subscription, so the engine must be closed.
    /// - Parameter frame: the frame, without an id.
    /// - Returns: the number of the subscription.
    func subscribe(
        _ frame: STOMPFrame, deadline: Duration?, _ listener: STOMPListener
    ) async -> Result<Int, STOMPFailure> {
        let (id, frame) = state.withLock { state -> (Int, STOMPFrame) in
            state.lastSubscription += 1
            var frame = frame
            frame.headers["id"] = String(state.lastSubscription)
            state.subscriptions[state.lastSubscription] = Subscription(frame: frame, listener: listener)
            return (state.lastSubscription, frame)
        }
        let outcome = await call([frame], deadline: deadline, subscription: id)
        if case .failure = outcome { state.withLock { $0.subscriptions[id] = nil } }
        return outcome.map { id }
    }

    // MARK: - Calls

    private func enter(_ id: Int, _ call: STOMPOutbox<Waiter>.Call, _ waiter: Waiter) {
        let now = clock.uptime
        let failure = state.withLock { state -> STOMPFailure? in
            // Checked under the lock, so that a later cancellation finds the call.
            if Task.isCancelled { return .cancelled }
            if state.isClosing { return .closed }
            if call.deadline <= now { return .notSent }
            if let link = call.link, link != state.link { return .lost(state.reason) }
            let (outbox, size) = (state.outbox, call.size)
            // A call that exceeds the queue's limit is accepted if no other call waits.
            if outbox.count >= options.maxQueue || outbox.count > 0 && outbox.size + size > options.maxQueueBytes {
                return .queueFull(calls: outbox.count, bytes: outbox.size)
            }
            state.outbox.add(id, call)
            return nil
        }
        if let failure { return waiter.resume(returning: .failure(failure)) }
        setSweep(call.deadline)
        flush()
    }

    /// Schedules sending on the event loop, unless it is already scheduled.
    private func flush() {
        let channel = state.withLock { state -> (any Channel)? in
            guard state.link != nil, !state.isFlushing, let channel = state.channel else { return nil }
            state.isFlushing = true
            return channel
        }
        channel?.triggerUserOutboundEvent(STOMPChannelHandler.Flush(), promise: nil)
    }

    /// Schedules failing expired calls at the earliest deadline.
    private func setSweep(_ deadline: Duration) {
        guard deadline < .never else { return }
        let isFirst = state.withLock { state in
            guard state.sweepTime.map({ deadline < $0 }) ?? true, !state.isClosing else { return false }
            state.sweepTime = deadline
            return true
        }
        guard isFirst else { return }
        let wait = min(max(deadline - clock.uptime, .milliseconds(10)), .seconds(3_600))
        loop.scheduleTask(in: .nanoseconds(wait.inNanoseconds)) { [weak self] in self?.sweep(deadline) }
    }

    private func sweep(_ time: Duration) {
        let now = clock.uptime
        let (ended, next) = state.withLock { state -> ([STOMPOutbox<Waiter>.Ended], Duration?) in
            // An earlier sweep has replaced this one.
            guard state.sweepTime == time else { return ([], nil) }
            state.sweepTime = nil
            return (state.outbox.expire(at: now, state.link == nil ? state.reason : nil), state.outbox.nextDeadline)
        }
        end(ended)
        if let next { setSweep(next) }
    }

    private func end(_ ended: [STOMPOutbox<Waiter>.Ended]) {
        for (waiter, failure) in ended {
            waiter.resume(returning: failure.map { .failure($0) } ?? .success(()))
        }
    }

    // MARK: - Connection

    /// Starts a connection attempt. The stream yields nil when the session opens, and the reason when it ends.
    private func connect(_ index: Int) async -> AsyncStream<STOMPChannelHandler.End?> {
        let server = options.servers[index % options.servers.count]
        let (events, feed) = AsyncStream<STOMPChannelHandler.End?>.makeStream()
        let link = state.withLock { state in
            state.lastLink += 1
            return state.lastLink
        }
        let owner = STOMPChannelHandler.Owner(
            onOpen: { [weak self] version, channel in
                self?.noteOpen(link, version, channel)
                feed.yield(nil)
            },
            onMessage: { [weak self] in self?.dispatch($0, link) ?? true },
            onReceipt: { [weak self] in self?.noteReceipt($0) },
            next: { [weak self] in self?.takeNext() },
            isWaiting: { [weak self] in (self?.state.withLock { $0.outbox.inFlightCount } ?? 0) > 0 },
            onEnd: { [weak self] end in
                self?.noteEnd(link, end)
                feed.yield(end)
                feed.finish()
            })
        do {
            let channel = try await STOMPDialer.connect(to: server, options, on: loop, owner)
            let isWanted = state.withLock { state in
                guard !state.isClosing, state.lastLink == link else { return false }
                state.dialled = channel
                return true
            }
            if !isWanted { channel.close(promise: nil) }
        } catch {
            state.withLock { $0.reason = error.reason }
            feed.yield(STOMPChannelHandler.End(error: error))
            feed.finish()
        }
        return events
    }

    private func firstEvent(_ events: AsyncStream<STOMPChannelHandler.End?>) async -> STOMPChannelHandler.End? {
        var iterator = events.makeAsyncIterator()
        guard let event = await iterator.next() else {
            return STOMPChannelHandler.End(error: STOMPConnectionError(reason: "it is closed"))
        }
        return event
    }

    /// Maintains the connection in a separate task.
    private func begin(_ events: AsyncStream<STOMPChannelHandler.End?>?, _ server: BrokerServer?, _ index: Int) {
        let keeper = STOMPKeeper(options: options, clock: clock, random: random, onChange: onChange) {
            [weak self] index in
            guard let self, !self.state.withLock({ $0.isClosing }) else { return nil }
            return await self.connect(index)
        }
        // Detached, because the state of the caller's task, such as its cancellation, must not affect the connection.
        let work = Task.detached { await keeper.run(events, server, index) }
        let isClosing = state.withLock { state in
            if !state.isClosing { state.work = work }
            return state.isClosing
        }
        if isClosing { work.cancel() }
    }

    private func noteOpen(_ link: Int, _ version: STOMPVersion, _ channel: any Channel) {
        state.withLock { state in
            guard !state.isClosing, state.lastLink == link else { return }
            (state.link, state.version, state.channel, state.isFlushing) = (link, version, channel, false)
            // Before all calls, because they may depend on the subscriptions.
            for (_, subscription) in state.subscriptions.sorted(by: { $0.key > $1.key })
            where subscription.isConfirmed {
                let call = STOMPOutbox<Waiter>.Call(
                    frames: [subscription.frame], waiter: nil, deadline: .never, link: link)
                state.outbox.add(state.outbox.makeId(), call, first: true)
            }
        }
    }

    private func noteEnd(_ link: Int, _ end: STOMPChannelHandler.End) {
        let (ended, listeners) = state.withLock { state -> ([STOMPOutbox<Waiter>.Ended], [STOMPListener]) in
            guard state.lastLink == link, !state.isClosing else { return ([], []) }
            state.reason = end.error.reason
            state.channel = nil
            guard state.link == link else { return ([], []) }
            state.link = nil
            return (
                state.outbox.loseConnection(end.error.reason, refused: end.receipt, isRefusal: end.isRefusal),
                state.subscriptions.values.map(\.listener)
            )
        }
        // First, because a caller that learns of the loss must not find messages of the lost connection.
        for listener in listeners { listener.onLoss() }
        self.end(ended)
    }

    private func dispatch(_ frame: STOMPFrame, _ link: Int) -> Bool {
        guard let id = frame.headers["subscription"].flatMap({ Int($0) }) else { return true }
        // Without a listener, the subscription has ended meanwhile, and the broker keeps the message until the
        // connection ends.
        return state.withLock { $0.subscriptions[id]?.listener }?.onMessage(frame, link) ?? true
    }

    private func noteReceipt(_ receipt: String) {
        let call = state.withLock { state in
            let call = state.outbox.end(receipt)
            if let id = call?.subscription { state.subscriptions[id]?.isConfirmed = true }
            return call
        }
        call?.waiter?.resume(returning: .success(()))
    }

    private func takeNext() -> ByteBuffer? {
        while true {
            let next = state.withLock { state -> (id: Int, frames: [STOMPFrame], version: STOMPVersion)? in
                guard state.link != nil, let (id, frames) = state.outbox.takeNext(options.maxInFlight) else {
                    state.isFlushing = false
                    return nil
                }
                return (id, frames, state.version)
            }
            guard let next else { return nil }
            var bytes = ByteBuffer()
            do throws(STOMPProtocolError) {
                for frame in next.frames { try STOMPEncoder.encode(frame, next.version, into: &bytes) }
                return bytes
            } catch {
                state.withLock { $0.outbox.abandon(next.id) }?.resume(
                    returning: .failure(.invalid(error.description)))
            }
        }
    }
}
#endif
